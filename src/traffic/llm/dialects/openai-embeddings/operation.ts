// One call for embeddings as the gate sees it: what this dialect brings to the operation of wire/.

import type { Operation } from '../../../../contract/operation.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { responseDialect } from './response/view.ts'
import { table } from './request/table.ts'
import { demandOf } from './request/demand.ts'
import { forwardRequest } from './request/forward.ts'
import { references } from './request/references.ts'
import { readContent } from './request/content.ts'
import { viewEmbeddings } from './request/view.ts'
import type { EmbeddingsView } from './request/view.ts'

export const dialect = 'openai-embeddings'

/** @throws GatewayError `bad-request` */
export const embeddingsOperation = (body: Uint8Array, options: OperationOptions): Operation =>
  jsonOperation(body, embeddings, options)

const embeddings: OperationDialect<EmbeddingsView> = {
  dialect,
  kind: 'model.embed',
  response: responseDialect,
  view: viewEmbeddings,
  content: readContent,
  tools: () => [],
  demand: demandOf,
  references,
  definitions: [],
  table,
  forward: forwardRequest,
}
