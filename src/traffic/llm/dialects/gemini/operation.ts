// The operations on a generateContent request: generating content and counting tokens. The path is part of
// the request.

import type { Operation } from '../../../../contract/operation.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import type { Address } from './address.ts'
import { responseDialect } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { forwardRequest } from './request/forward.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { toolNames } from './request/tools.ts'
import { table } from './request/table.ts'
import { viewGemini } from './request/view.ts'
import type { GeminiView } from './request/view.ts'
import { countDialect, countDemand, CountOperation } from '../../wire/count.ts'

export const dialect = 'gemini'

/** @throws GatewayError `bad-request` */
export const generateOperation = (body: Uint8Array, address: Address, options: OperationOptions): Operation =>
  jsonOperation(body, generating(address), options)

const generating = (address: Address): OperationDialect<GeminiView> => ({
  dialect,
  kind: 'model.generate',
  response: responseDialect,
  view: (body, limits) => viewGemini(body, address, limits),
  content: readContent,
  tools: toolNames,
  demand: demandOf,
  references,
  definitions: ['tools', 'toolConfig', 'tool_config', 'generationConfig', 'generation_config'],
  table,
  forward: forwardRequest,
})

const member = 'totalTokens'

/**
 * Counts tokens: `:countTokens`. https://ai.google.dev/api/tokens
 * @throws GatewayError `bad-request`
 */
export const countOperation = (body: Uint8Array, address: Address, options: OperationOptions): Operation =>
  new CountOperation(jsonOperation(body, counting(address), options), member)

const counting = (address: Address): OperationDialect<GeminiView> => ({
  ...generating(address),
  response: countDialect(responseDialect, member),
  demand: (view, read) => countDemand(demandOf(view, read).typicalInputTokens),
  forward: (view, target) => forwardRequest(view, { ...target, outputCap: undefined }),
})
