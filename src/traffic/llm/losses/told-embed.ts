// Which canonical fields a request for embeddings tells, and dropping those that the target's dialect does
// not carry.

import type { EmbedInput, EmbedRequest } from '../canonical/embed/request.ts'
import type { EmbedDialect } from '../dialect.ts'
import type { EmbedField } from './field.ts'
import type { LossNotes } from './notes.ts'

/** @throws GatewayError `unsupported` */
export function dropUncarriedOfEmbedding(
  request: EmbedRequest,
  dialect: EmbedDialect,
  notes: LossNotes,
): void {
  for (const field of toldEmbedFields(request)) if (!notes.carries(field)) notes.drop(field, details[field])
  // No table can carry these: files that lie at a vendor of another dialect.
  if (request.inputs.some(({ parts }) => parts.some((part) => isForeign(part, dialect))))
    notes.drop('embedded-media')
}

/** What the refusal says beside the name of the field. */
const details: Readonly<Partial<Record<EmbedField, string>>> = {
  'token-ids': 'ids of tokens mean other words there: send texts',
  'mixed-dimensions': 'all vectors of one call have the same length there',
}

export function toldEmbedFields({ inputs, user }: EmbedRequest): ReadonlySet<EmbedField> {
  const told = new Set<EmbedField>()
  if (user !== undefined) told.add('user')
  for (const { parts, taskType, title, dimensions } of inputs) {
    if (taskType !== undefined) told.add('task-type')
    if (title !== undefined) told.add('input-title')
    if (dimensions !== undefined) told.add('dimensions')
    if (parts.some(({ kind }) => kind === 'tokens')) told.add('token-ids')
    if (parts.some(({ kind }) => kind === 'media')) told.add('embedded-media')
    if (parts.length > 1) told.add('embedded-parts')
  }
  if (new Set(inputs.map(({ dimensions }) => dimensions)).size > 1) told.add('mixed-dimensions')
  return told
}

/** `google` keeps files under ids that its dialect of text generation names. */
function isForeign(part: EmbedInput['parts'][number], dialect: EmbedDialect): boolean {
  return (
    part.kind === 'media' &&
    part.source.kind === 'id' &&
    !(dialect === 'gemini-embeddings' && part.source.dialect === 'gemini')
  )
}
