// One chat completion as the gate sees it: the parts of the operation in wire/ that are specific to this
// dialect.

import type { Operation } from '../../../../contract/operation.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { responseDialect } from './response/view.ts'
import { table } from './request/table.ts'
import { demandOf } from './request/demand.ts'
import { forwardRequest } from './request/forward.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { toolNames } from './request/tools.ts'
import { viewChat } from './request/view.ts'
import type { ChatView } from './request/view.ts'

export const dialect = 'openai-chat'

/** @throws GatewayError `bad-request` */
export const chatOperation = (body: Uint8Array, options: OperationOptions): Operation =>
  jsonOperation(body, chat, options)

const chat: OperationDialect<ChatView> = {
  dialect,
  kind: 'model.generate',
  response: responseDialect,
  view: viewChat,
  content: readContent,
  tools: toolNames,
  demand: demandOf,
  references,
  definitions: ['tools', 'functions', 'response_format', 'tool_choice'],
  table,
  forward: forwardRequest,
}
