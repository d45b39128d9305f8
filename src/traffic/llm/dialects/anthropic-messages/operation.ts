// The operations on a Messages request: generating a message and counting its tokens.

import type { Operation } from '../../../../contract/operation.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { responseDialect } from './response/view.ts'
import { demandOf, typicalInput } from './request/demand.ts'
import { forwardRequest, countPath } from './request/forward.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { toolNames } from './request/tools.ts'
import { table } from './request/table.ts'
import { viewMessages } from './request/view.ts'
import type { MessagesView } from './request/view.ts'
import { countDialect, countDemand, CountOperation } from '../../wire/count.ts'

export const dialect = 'anthropic-messages'

/** @throws GatewayError `bad-request` */
export const messagesOperation = (body: Uint8Array, options: OperationOptions): Operation =>
  jsonOperation(body, messages, options)

export const messages: OperationDialect<MessagesView> = {
  dialect,
  kind: 'model.generate',
  response: responseDialect,
  view: viewMessages,
  content: readContent,
  tools: toolNames,
  demand: demandOf,
  references,
  definitions: ['tools', 'output_config', 'output_format', 'tool_choice', 'mcp_servers'],
  table,
  forward: forwardRequest,
}

const member = 'input_tokens'

/**
 * Counts tokens: POST /v1/messages/count_tokens. https://docs.claude.com/en/api/messages-count-tokens
 * @throws GatewayError `bad-request`
 */
export const countOperation = (body: Uint8Array, options: OperationOptions): Operation =>
  new CountOperation(jsonOperation(body, counting, options), member)

const counting: OperationDialect<MessagesView> = {
  ...messages,
  response: countDialect(responseDialect, member),
  // this endpoint refuses members that it does not know
  view: (body, limits) => ({ ...viewMessages(body, limits), isStreaming: false }),
  demand: (view, read) => countDemand(typicalInput(view.document.bytes.length, read().media)),
  forward: (view, target) => ({
    ...forwardRequest(view, { ...target, outputCap: undefined }),
    path: countPath,
  }),
}
