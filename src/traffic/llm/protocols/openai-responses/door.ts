// POST /v1/responses.

import type { Door, Gate } from '../../../../contract/traffic.ts'
import { bearerOf } from '../../wire/bearer.ts'
import { jsonDoor } from '../../wire/door.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { dialect, responsesOperation } from './operation.ts'
import { wordBrokenStream, wordError } from './wording.ts'

export interface ResponsesDoorOptions {
  gate: Gate
  /** Read anew for each call: the configuration may change. */
  responses: () => OperationOptions
}

export function responsesDoor({ gate, responses }: ResponsesDoorOptions): Door {
  return jsonDoor({
    gate,
    path: '/v1/responses',
    credential: bearerOf,
    dialect,
    kind: 'model.generate',
    operation: (body) => responsesOperation(body, responses()),
    wordError,
    wordBrokenStream,
  })
}
