// Counting tokens (POST /v1/responses/input_tokens).
// https://platform.openai.com/docs/api-reference/responses/input-tokens

import type { Operation } from '../../../../contract/operation.ts'
import { countAnswer, countDemand, CountOperation } from '../../wire/count.ts'
import { viewedOperation } from '../../wire/operation.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { answer } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { responses } from './operation.ts'
import { outgoingBeside } from './request/forward.ts'
import type { History } from './request/stateless.ts'
import { viewResponses } from './request/view.ts'
import type { ResponsesView } from './request/view.ts'

const member = 'input_tokens'

export function countOperation(view: ResponsesView, options: OperationOptions, history: History): Operation {
  const counting = {
    ...responses,
    answer: countAnswer(answer, member),
    view: (body: Uint8Array, limits: { maxDepth: number }) => whole(viewResponses(body, limits)),
    demand: (...takes: Parameters<typeof demandOf>) => countDemand(demandOf(...takes).typicalInputTokens),
    outgoing: (...[each, target]: Parameters<typeof responses.outgoing>) =>
      outgoingBeside('/responses/input_tokens', each, target, history),
  }
  return new CountOperation(viewedOperation(whole(view), counting, options), member, {
    object: 'response.input_tokens',
  })
}

const whole = (view: ResponsesView): ResponsesView => ({ ...view, isStreaming: false })
