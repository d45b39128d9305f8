// All canonical fields of requests, of text generation and of embeddings.

import { embedFields } from '../canonical/embed/fields.ts'
import { generateFields } from '../canonical/fields.ts'
import type { EmbedField } from '../canonical/embed/fields.ts'
import type { GenerateField } from '../canonical/fields.ts'
import type { WhenMissing } from '../canonical/definition.ts'

export const canonicalFields = { ...generateFields, ...embedFields }

export type CanonicalField = GenerateField | EmbedField

/**
 * Whether a provider's dialect carries a field. `implied`: it holds there without being sent. `missing`: the
 * definition of the field says what happens. `lost` and `refused` override that.
 */
export type Support = 'carried' | 'implied' | 'missing' | WhenMissing
