// What the dialect brings to the operation of wire/.

import type { Operation } from '../../../../contract/operation.ts'
import { viewedOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { answer } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { outgoing } from './request/forward.ts'
import type { History } from './request/stateless.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { toolNames } from './request/tools.ts'
import { table } from './request/table.ts'
import { viewResponses } from './request/view.ts'
import type { ResponsesView } from './request/view.ts'

export const dialect = 'openai-responses'

/** @param history what the gateway's state means for this call */
export function responsesOperation(
  view: ResponsesView,
  options: OperationOptions,
  history: History,
): Operation {
  return viewedOperation(
    view,
    { ...responses, outgoing: (each, target) => outgoing(each, target, history) },
    options,
  )
}

export const responses: OperationDialect<ResponsesView> = {
  dialect,
  kind: 'model.generate',
  answer,
  view: viewResponses,
  content: readContent,
  tools: toolNames,
  demand: demandOf,
  references,
  definitions: ['tools', 'text', 'tool_choice'],
  table,
  outgoing,
}
