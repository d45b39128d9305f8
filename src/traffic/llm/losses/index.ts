// The one table of what a translation carries, loses or refuses, and the notes that one translation makes of
// it.

export { carriageOf, fateOf } from './dialect.ts'
export type { Carriage, DialectTable, EmbedTable, GenerateTable, Row } from './dialect.ts'
export { canonicalFields, embedFields, generateFields } from './field.ts'
export type { CanonicalField, EmbedField, Fate, GenerateField } from './field.ts'
export type {
  IdLimit,
  Limit,
  LimitedField,
  Limits,
  ListLimit,
  PairsLimit,
  RangeLimit,
  SchemaLimit,
  TextLimit,
  TextsLimit,
  TypesLimit,
  WordsLimit,
} from './limits.ts'
export { highestLeastOutput } from './limits.ts'
export { LossNotes } from './notes.ts'
export { dropOwnFields } from './own.ts'
export { rowTree } from './row-tree.ts'
export type { RowNode } from './row-tree.ts'
export { dropUncarried, toldFields } from './told.ts'
export { dropUncarriedOfEmbedding } from './told-embed.ts'
