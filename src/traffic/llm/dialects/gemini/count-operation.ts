// Counting tokens (`:countTokens`). https://ai.google.dev/api/tokens

import type { Operation } from '../../../../contract/operation.ts'
import { countAnswer, countDemand, CountOperation } from '../../wire/count.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import type { Address } from './address.ts'
import { answer } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { generating } from './operation.ts'
import { outgoing } from './request/forward.ts'
import type { GeminiView } from './request/view.ts'

const member = 'totalTokens'

/** @throws GatewayError `bad-request` */
export const countOperation = (body: Uint8Array, address: Address, options: OperationOptions): Operation =>
  new CountOperation(jsonOperation(body, counting(address), options), member)

const counting = (address: Address): OperationDialect<GeminiView> => ({
  ...generating(address),
  answer: countAnswer(answer, member),
  demand: (view, read) => countDemand(demandOf(view, read).typicalInputTokens),
  outgoing: (view, target) => outgoing(view, { ...target, outputCap: undefined }),
})
