// POST …/models/NAME:generateContent, :streamGenerateContent and :countTokens, under /v1beta and /v1.
// Google's SDK calls /v1 where OpenAI's models are.

import type { Endpoint } from '../../../../contract/endpoint.ts'
import type { Gate } from '../../../../contract/gate.ts'
import { createJsonEndpoint } from '../../../wire/json-endpoint.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { calledAddress } from './address.ts'
import { asArrayStream } from './response/array-stream.ts'
import { dialect, generateOperation, countOperation } from './operation.ts'
import { writeBrokenStream, writeError } from './errors.ts'
import { bearerOf } from '../../../wire/bearer.ts'

export interface GenerateDoorsOptions {
  gate: Gate
  /** Read for each call, because the configuration may change. */
  options: () => OperationOptions
}

export function generateDoors({ gate, options }: GenerateDoorsOptions): Endpoint[] {
  // The Vercel AI SDK omits `models/` if the name has a slash.
  return ['/v1beta/models/*', '/v1beta/*', '/v1/models/*'].map((path) => {
    const root = path.startsWith('/v1beta/') ? '/v1beta' : '/v1'
    const door = createJsonEndpoint({
      gate,
      path,
      accepts: (request) => root === '/v1beta' || method.test(request.url),
      credential: keyOf,
      sendAs,
      dialect,
      kind: 'model.generate',
      operation(body, call) {
        const address = calledAddress(call.path.slice(root.length))
        const ofCall = { ...options(), headers: call.request.headers }
        return address.method === 'countTokens'
          ? countOperation(body, address, ofCall)
          : generateOperation(body, address, ofCall)
      },
      limits: options,
      writeError,
      writeBrokenStream,
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

/** Explains how to send a key, for the refusal of a request without one. */
export const sendAs = '"x-goog-api-key: <key>" or "Authorization: Bearer <key>"'

/**
 * The caller's key: `x-goog-api-key`, a bearer as at all other endpoints, or `?key=` in the URL, which is not
 * passed on.
 */
export const keyOf = (request: Request): string | undefined =>
  ownHeader(request) ?? bearerOf(request) ?? inQuery(request)

/** Does the position of the key show that the client speaks this dialect? A bearer does not show it. */
export const bringsKey = (request: Request): boolean => (ownHeader(request) ?? inQuery(request)) !== undefined

const ownHeader = ({ headers }: Request): string | undefined =>
  headers.get('x-goog-api-key')?.trim() || undefined

function inQuery({ url }: Request): string | undefined {
  // Most calls have only the query `alt=sse`.
  if (!/[?&]key=/.test(url)) return undefined
  return new URL(url).searchParams.get('key')?.trim() || undefined
}
