// One message as the gate sees it: what this dialect brings to the operation of wire/.

import type { Operation } from '../../../../contract/operation.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { answer } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { outgoing } from './request/forward.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { toolNames } from './request/tools.ts'
import { table } from './request/table.ts'
import { viewMessages } from './request/view.ts'
import type { MessagesView } from './request/view.ts'

export const dialect = 'anthropic-messages'

/** @throws GatewayError `bad-request` */
export const messagesOperation = (body: Uint8Array, options: OperationOptions): Operation =>
  jsonOperation(body, messages, options)

export const messages: OperationDialect<MessagesView> = {
  dialect,
  kind: 'model.generate',
  answer,
  view: viewMessages,
  content: readContent,
  tools: toolNames,
  demand: demandOf,
  references,
  definitions: ['tools', 'output_config', 'output_format', 'tool_choice', 'mcp_servers'],
  table,
  outgoing,
}
