// POST …/models/NAME:generateContent, :streamGenerateContent and :countTokens, under /v1beta and /v1.
// Google's SDK calls /v1 where OpenAI's models are.

import type { Door, Gate } from '../../../../contract/door.ts'
import { jsonDoor } from '../../../wire/door.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { addressOf } from './address.ts'
import { asArrayStream } from './response/array-stream.ts'
import { countOperation } from './count-operation.ts'
import { keyOf, sendAs } from './credential.ts'
import { dialect, generateOperation } from './operation.ts'
import { wordBrokenStream, wordError } from './errors.ts'

export interface GenerateDoorsOptions {
  gate: Gate
  /** Read anew for each call: the configuration may change. */
  options: () => OperationOptions
}

export function generateDoors({ gate, options }: GenerateDoorsOptions): Door[] {
  // The Vercel AI SDK leaves `models/` out where the name has a slash.
  return ['/v1beta/models/*', '/v1beta/*', '/v1/models/*'].map((path) => {
    const root = path.startsWith('/v1beta/') ? '/v1beta' : '/v1'
    const door = jsonDoor({
      gate,
      path,
      accepts: (request) => root === '/v1beta' || method.test(request.url),
      credential: keyOf,
      sendAs,
      dialect,
      kind: 'model.generate',
      operation(body, call) {
        const address = addressOf(call.path.slice(root.length))
        const ofCall = { ...options(), headers: call.request.headers }
        return address.method === 'countTokens'
          ? countOperation(body, address, ofCall)
          : generateOperation(body, address, ofCall)
      },
      limits: options,
      wordError,
      wordBrokenStream,
    })
    return {
      ...door,
      async handle(call) {
        const response = await door.handle(call)
        return wantsEvents(call.request) ? response : asArrayStream(response)
      },
    }
  })
}

const method = /:(?:generateContent|streamGenerateContent|countTokens)(?:[?#]|$)/

const wantsEvents = ({ url }: Request) => /[?&](?:alt|%24alt|\$alt)=sse(?:&|$)/.test(url)
