// The fields that a translation loses or refuses, and the notes of one translation about them.

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
export { dropUncarried, usedFields } from './used-fields.ts'
export { dropUncarriedOfEmbedding } from './used-embed-fields.ts'
