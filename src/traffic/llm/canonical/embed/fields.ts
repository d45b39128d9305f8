// The fields of a request for embeddings that a dialect may be unable to carry, each with its one definition.

import type { FieldDefinition } from '../definition.ts'
import { accountSettings } from '../settings.ts'
import type { EmbedInput, EmbedRequest } from './request.ts'

export interface EmbedFieldDefinition extends FieldDefinition {
  /** Absent means that the code that finds the field calls `LossNotes` itself. */
  isUsed?(request: EmbedRequest): boolean
  /** Added to the error message when the field is refused. */
  reason?: string
}

export const embedFields = {
  'token-ids': {
    whenMissing: 'refused',
    meaning: 'Inputs given as token ids, which only models with the same tokens understand.',
    reason: 'token ids mean other words there: send texts',
    isUsed: ({ inputs }) => inputs.some(hasPart('tokens')),
  },
  'embedded-media': {
    whenMissing: 'refused',
    meaning: 'Images, recordings, films and documents to be embedded.',
    isUsed: ({ inputs }) => inputs.some(hasPart('media')),
  },
  'embedded-parts': {
    whenMissing: 'lost',
    meaning: 'The borders between several texts of one input: joined by line breaks.',
    isUsed: ({ inputs }) => inputs.some(({ parts }) => parts.length > 1),
  },
  'task-type': {
    whenMissing: 'lost',
    meaning: 'The purpose of the vector.',
    isUsed: ({ inputs }) => inputs.some(({ taskType }) => taskType !== undefined),
  },
  'input-title': {
    whenMissing: 'lost',
    meaning: 'Title of an embedded document.',
    isUsed: ({ inputs }) => inputs.some(({ title }) => title !== undefined),
  },
  dimensions: {
    whenMissing: 'refused',
    meaning: 'Length of the vectors.',
    isUsed: ({ inputs }) => inputs.some(({ dimensions }) => dimensions !== undefined),
  },
  'mixed-dimensions': {
    whenMissing: 'refused',
    meaning: 'Vectors of several lengths in one call.',
    reason: 'all vectors of one call have the same length there',
    isUsed: ({ inputs }) => new Set(inputs.map(({ dimensions }) => dimensions)).size > 1,
  },
  'many-inputs': { whenMissing: 'refused', meaning: 'More inputs than the vendor takes in one call.' },
  user: {
    whenMissing: accountSettings.user.whenMissing,
    meaning: accountSettings.user.meaning,
    isUsed: ({ user }) => user !== undefined,
  },
} as const satisfies Readonly<Record<string, EmbedFieldDefinition>>

export type EmbedField = keyof typeof embedFields

const hasPart =
  (kind: EmbedInput['parts'][number]['kind']) =>
  ({ parts }: EmbedInput): boolean =>
    parts.some((part) => part.kind === kind)
