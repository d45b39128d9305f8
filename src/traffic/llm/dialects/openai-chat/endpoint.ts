// POST /v1/chat/completions.

import type { Endpoint } from '../../../../contract/endpoint.ts'
import type { Gate } from '../../../../contract/gate.ts'
import { bearerOf } from '../../../wire/bearer.ts'
import { createJsonEndpoint } from '../../../wire/json-endpoint.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { chatOperation, dialect } from './operation.ts'
import { writeError } from '../../wire/openai/wording.ts'
import { writeBrokenStream } from './errors.ts'

export interface ChatDoorOptions {
  gate: Gate
  /** Read for each call, because the configuration may change. */
  chat: () => OperationOptions
}

export function chatDoor({ gate, chat }: ChatDoorOptions): Endpoint {
  return createJsonEndpoint({
    gate,
    path: '/v1/chat/completions',
    credential: bearerOf,
    dialect,
    kind: 'model.generate',
    operation: (body, { request: { headers } }) => chatOperation(body, { ...chat(), headers }),
    limits: chat,
    writeError,
    writeBrokenStream,
  })
}
