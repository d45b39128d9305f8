// The operations on a Responses request: creating a response, counting its tokens, compacting a conversation.

import type { Operation } from '../../../../contract/operation.ts'
import { viewedOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { responseDialect } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { forwardRequest, forwardToPath } from './request/forward.ts'
import type { History } from './request/stateless.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { toolNames } from './request/tools.ts'
import { table } from './request/table.ts'
import { viewResponses } from './request/view.ts'
import type { ResponsesView } from './request/view.ts'
import { countDialect, countDemand, CountOperation } from '../../wire/count.ts'
import { GatewayError } from '../../../../contract/errors.ts'
import type { Demand } from '../../../../contract/usage.ts'

export const dialect = 'openai-responses'

/** @param history the effect of the gateway's state on this call */
export function responsesOperation(
  view: ResponsesView,
  options: OperationOptions,
  history: History,
): Operation {
  return viewedOperation(
    view,
    { ...responses, forward: (each, target) => forwardRequest(each, target, history) },
    options,
  )
}

export const responses: OperationDialect<ResponsesView> = {
  dialect,
  kind: 'model.generate',
  response: responseDialect,
  view: viewResponses,
  content: readContent,
  tools: toolNames,
  demand: demandOf,
  references,
  definitions: ['tools', 'text', 'tool_choice'],
  table,
  forward: forwardRequest,
}

const member = 'input_tokens'

/**
 * Counts tokens: POST /v1/responses/input_tokens.
 * https://platform.openai.com/docs/api-reference/responses/input-tokens
 */
export function countOperation(view: ResponsesView, options: OperationOptions, history: History): Operation {
  const counting = {
    ...responses,
    response: countDialect(responseDialect, member),
    view: (body: Uint8Array, limits: { maxDepth: number }) => whole(viewResponses(body, limits)),
    demand: (...takes: Parameters<typeof demandOf>) => countDemand(demandOf(...takes).typicalInputTokens),
    forward: (...[each, target]: Parameters<typeof responses.forward>) =>
      forwardToPath('/responses/input_tokens', each, target, history),
  }
  return new CountOperation(viewedOperation(whole(view), counting, options), member, {
    object: 'response.input_tokens',
  })
}

/**
 * Compacts a conversation: POST /v1/responses/compact. The vendor returns items with the same content in
 * fewer tokens. Only this vendor can read them; clients send them back in `input`, to the same dialect.
 * https://platform.openai.com/docs/api-reference/responses/compact
 */
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
    forward(...[each, target]: Parameters<typeof responses.forward>) {
      // The endpoint accepts no limit that could be lowered to the budget.
      if (target.outputCap !== undefined)
        throw new GatewayError(
          'unbounded-cost',
          'A budget cannot lower the output limit of compacting, because compacting has none.',
        )
      return forwardToPath('/responses/compact', each, target, history)
    },
  }
  return viewedOperation(whole(view), compacting, options)
}

const whole = (view: ResponsesView): ResponsesView => ({ ...view, isStreaming: false })
