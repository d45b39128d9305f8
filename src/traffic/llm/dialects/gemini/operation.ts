// One generateContent call as the gate sees it: what this dialect brings to the operation of wire/. The path
// belongs to the call.

import type { Operation } from '../../../../contract/operation.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import type { Address } from './address.ts'
import { answer } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { outgoing } from './request/forward.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { toolNames } from './request/tools.ts'
import { table } from './request/table.ts'
import { viewGemini } from './request/view.ts'
import type { GeminiView } from './request/view.ts'

export const dialect = 'gemini'

/** @throws GatewayError `bad-request` */
export const generateOperation = (body: Uint8Array, address: Address, options: OperationOptions): Operation =>
  jsonOperation(body, generating(address), options)

export const generating = (address: Address): OperationDialect<GeminiView> => ({
  dialect,
  kind: 'model.generate',
  answer,
  view: (body, limits) => viewGemini(body, address, limits),
  content: readContent,
  tools: toolNames,
  demand: demandOf,
  references,
  definitions: ['tools', 'toolConfig', 'tool_config', 'generationConfig', 'generation_config'],
  table,
  outgoing,
})
