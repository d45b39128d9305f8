// The operation on an embeddings request.

import type { Operation } from '../../../../contract/operation.ts'
import { jsonOperation } from '../../wire/operation.ts'
import type { OperationDialect, OperationOptions } from '../../wire/operation.ts'
import { responseDialect } from './response/view.ts'
import { table } from './request/table.ts'
import { demandOf } from './request/demand.ts'
import { viewEmbeddings, readContent } from './request/view.ts'
import type { EmbeddingsView } from './request/view.ts'
import type { ReferenceTable } from '../../wire/references.ts'
import { forwardRequest } from './request/encode.ts'

export const dialect = 'openai-embeddings'

/** @throws GatewayError `bad-request` */
export const embeddingsOperation = (body: Uint8Array, options: OperationOptions): Operation =>
  jsonOperation(body, embeddings, options)

/** Nothing in such a request names another model or an object in the vendor's account. */
const references: ReferenceTable = {
  opaque: new Set(['input', 'metadata']),
  conversation: new Set(),
  localIds: new Set(['user_id', 'session_id', 'request_id', 'trace_id']),
  state: {},
}

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
