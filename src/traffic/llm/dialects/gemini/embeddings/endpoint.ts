// POST …/models/NAME:embedContent and :batchEmbedContents, under /v1beta and /v1. Google's SDK calls the
// second one even for a single text.

import type { Endpoint } from '../../../../../contract/endpoint.ts'
import type { Gate } from '../../../../../contract/gate.ts'
import { createJsonEndpoint } from '../../../../wire/json-endpoint.ts'
import type { OperationOptions } from '../../../wire/operation.ts'
import { calledAddress } from '../address.ts'
import { writeError } from '../errors.ts'
import { responseDialect } from './response/view.ts'
import { dialect, embedOperation } from './operation.ts'
import { keyOf, sendAs } from '../endpoint.ts'

export interface EmbedDoorsOptions {
  gate: Gate
  /** Read for each call, because the configuration may change. */
  options: () => OperationOptions
}

/** They share paths with the generateContent endpoints, and must come before them. */
export function embedDoors({ gate, options }: EmbedDoorsOptions): Endpoint[] {
  // The Vercel AI SDK omits `models/` if the name has a slash.
  return ['/v1beta/models/*', '/v1beta/*', '/v1/models/*'].map((path) => {
    const root = path.startsWith('/v1beta/') ? '/v1beta' : '/v1'
    return createJsonEndpoint({
      gate,
      path,
      accepts: ({ url }) => method.test(url),
      credential: keyOf,
      sendAs,
      dialect,
      kind: 'model.embed',
      operation: (body, call) =>
        embedOperation(body, calledAddress(call.path.slice(root.length)), {
          ...options(),
          headers: call.request.headers,
        }),
      limits: options,
      writeError,
      writeBrokenStream: responseDialect.writeBrokenStream,
    })
  })
}

const method = /:(?:embedContent|batchEmbedContents)(?:[?#]|$)/
