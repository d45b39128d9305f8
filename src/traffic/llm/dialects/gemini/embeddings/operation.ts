// One embeddings call as the gate sees it: the parts of the operation in wire/ that are specific to this
// dialect. The path is part of the call.

import type { Operation } from '../../../../../contract/operation.ts'
import { jsonOperation } from '../../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../../wire/operation.ts'
import type { Address } from '../address.ts'
import { embeddingReferences } from '../request/references.ts'
import { table } from './request/table.ts'
import { responseDialect } from './response/view.ts'
import { demandOf } from './request/demand.ts'
import { viewGeminiEmbeddings, readContent } from './request/view.ts'
import type { GeminiEmbeddingsView } from './request/view.ts'
import { forwardRequest } from './request/encode.ts'

export const dialect = 'gemini-embeddings'

/** @throws GatewayError `bad-request` */
export const embedOperation = (body: Uint8Array, address: Address, options: OperationOptions): Operation =>
  jsonOperation(body, embedding(address), options)

const embedding = (address: Address): OperationDialect<GeminiEmbeddingsView> => ({
  dialect,
  kind: 'model.embed',
  response: responseDialect,
  view: (body, limits) => viewGeminiEmbeddings(body, address, limits),
  content: readContent,
  tools: () => [],
  demand: demandOf,
  references: embeddingReferences,
  definitions: [],
  table,
  forward: forwardRequest,
})
