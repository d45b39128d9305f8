// What of a request for embeddings names other models or things in the vendor's account.

import type { ReferenceTable } from '../../../wire/references.ts'

export const references: ReferenceTable = {
  opaque: new Set(['input', 'metadata']),
  conversation: new Set(),
  localIds: new Set(['user_id', 'session_id', 'request_id', 'trace_id']),
  state: {},
}
