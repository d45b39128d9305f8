// POST /v1/embeddings.

import type { Endpoint } from '../../../../contract/endpoint.ts'
import type { Gate } from '../../../../contract/gate.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { createJsonEndpoint } from '../../../wire/json-endpoint.ts'
import { writeError } from '../../wire/openai/wording.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { responseDialect } from './response/view.ts'
import { dialect, embeddingsOperation } from './operation.ts'

export interface EmbeddingsDoorOptions {
  gate: Gate
  /** Read for each call, because the configuration may change. */
  options: () => OperationOptions
}

export function embeddingsDoor({ gate, options }: EmbeddingsDoorOptions): Endpoint {
  return createJsonEndpoint({
    gate,
    path: '/v1/embeddings',
    credential: bearerOf,
    dialect,
    kind: 'model.embed',
    operation: (body, { request: { headers } }) => embeddingsOperation(body, { ...options(), headers }),
    limits: options,
    writeError,
    writeBrokenStream: responseDialect.writeBrokenStream,
  })
}
