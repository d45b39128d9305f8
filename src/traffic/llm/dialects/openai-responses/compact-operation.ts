// Compacting a conversation (POST /v1/responses/compact): the vendor gives items that say the same in fewer
// tokens and that it alone can read. They go back in `input`, to the same dialect.
// https://platform.openai.com/docs/api-reference/responses/compact

import { GatewayError } from '../../../../contract/errors.ts'
import type { Operation } from '../../../../contract/operation.ts'
import type { Demand } from '../../../../contract/usage.ts'
import { viewedOperation } from '../../wire/operation.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { demandOf } from './request/demand.ts'
import { responses } from './operation.ts'
import { outgoingBeside } from './request/forward.ts'
import type { History } from './request/stateless.ts'
import { viewResponses } from './request/view.ts'
import type { ResponsesView } from './request/view.ts'

export function compactOperation(
  view: ResponsesView,
  options: OperationOptions,
  history: History,
): Operation {
  const compacting = {
    ...responses,
    view: (body: Uint8Array, limits: { maxDepth: number }) => whole(viewResponses(body, limits)),
    demand: (...takes: Parameters<typeof demandOf>): Demand => ({
      ...demandOf(...takes),
      outputTokens: undefined,
    }),
    outgoing(...[each, target]: Parameters<typeof responses.outgoing>) {
      // The path takes no limit that could be lowered to what a budget covers.
      if (target.outputCap !== undefined)
        throw new GatewayError(
          'unbounded-cost',
          'Compacting takes no limit on its output that a budget could lower.',
        )
      return outgoingBeside('/responses/compact', each, target, history)
    },
  }
  return viewedOperation(whole(view), compacting, options)
}

const whole = (view: ResponsesView): ResponsesView => ({ ...view, isStreaming: false })
