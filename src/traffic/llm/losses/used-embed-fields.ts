// Drops the fields of a request for embeddings that the target's dialect does not carry.

import { embedFields } from '../canonical/embed/fields.ts'
import type { EmbedField, EmbedFieldDefinition } from '../canonical/embed/fields.ts'
import type { EmbedInput, EmbedRequest } from '../canonical/embed/request.ts'
import type { EmbedDialect } from '../dialect.ts'
import type { LossNotes } from './notes.ts'

/** @throws GatewayError `unsupported` */
export function dropUncarriedOfEmbedding(
  request: EmbedRequest,
  dialect: EmbedDialect,
  notes: LossNotes,
): void {
  for (const [field, { isUsed, reason }] of definitions)
    if (isUsed?.(request) && !notes.carries(field)) notes.drop(field, reason)
  // No table can carry these: files that a vendor of another dialect stores.
  if (request.inputs.some(({ parts }) => parts.some((part) => isForeign(part, dialect))))
    notes.drop('embedded-media')
}

const definitions = Object.keys(embedFields)
  .filter((field): field is EmbedField => Object.hasOwn(embedFields, field))
  .map((field): [EmbedField, EmbedFieldDefinition] => [field, embedFields[field]])

/** `google` keeps files under ids that its dialect of text generation names. */
function isForeign(part: EmbedInput['parts'][number], dialect: EmbedDialect): boolean {
  return (
    part.kind === 'media' &&
    part.source.kind === 'id' &&
    !(dialect === 'gemini-embeddings' && part.source.dialect === 'gemini')
  )
}
