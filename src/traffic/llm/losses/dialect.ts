// A dialect's part of the table: which canonical fields it carries when it is spoken to a provider, and what
// its own fields stand for when a client speaks it. M + N: the fate of a field between two dialects follows
// from the row of the one and the column of the other (`fateOf`).

import type { Json } from '../../../kit/json.ts'
import type { FieldTable } from '../../wire/fields/tree.ts'
import type { CanonicalField, EmbedField, Fate, GenerateField } from './field.ts'
import { canonicalFields } from './field.ts'
import type { Limits } from './limits.ts'

/**
 * `carried`; `implied`: it holds there without being said; or not: then the field's own fate decides. A
 * dialect may be stricter or milder than that by naming the fate.
 */
export type Carriage = 'carried' | 'implied' | 'missing' | Fate

/**
 * What a member of the client's request stands for:
 * `frame`: always carried (model, messages, the stream flag), its own members by rows of their own; `whole`:
 * carried as it stands (arguments, schemas); `moot`: says nothing to anybody else (ids and states of items);
 * canonical fields; or a fate, where it has no canonical form.
 */
export type Row = 'frame' | 'whole' | 'moot' | CanonicalField | readonly CanonicalField[] | Fate

export interface DialectTable extends FieldTable {
  /**
   * Complete for the family of the dialect: a new canonical field has to be decided by every dialect of it.
   */
  readonly carries: Readonly<Partial<Record<CanonicalField, Carriage>>>
  /** Paths as row-tree.ts reads them. Unknown members are lost. */
  readonly rows: Readonly<Record<string, Row>>
  /** Values by path that say what holds anyway: nothing is lost with them. */
  readonly idle?: Readonly<Record<string, readonly Json[]>>
  /**
   * What a canonical field is called in this dialect, for losses and refusals: `tools[].function.strict`.
   * Default: the first row that names it.
   */
  readonly names?: Readonly<Partial<Record<CanonicalField, string>>>
  /** What values of carried fields may be. */
  readonly limits?: Limits
}

/** Of a dialect of text generation. */
export interface GenerateTable extends DialectTable {
  readonly carries: Readonly<Record<GenerateField, Carriage>>
  readonly limits: Limits
}

/** Of a dialect of embeddings. */
export interface EmbedTable extends DialectTable {
  readonly carries: Readonly<Record<EmbedField, Carriage>>
}

export function carriageOf(table: DialectTable, field: CanonicalField): 'carried' | Fate {
  const carriage = table.carries[field] ?? 'missing'
  if (carriage === 'implied') return 'carried'
  return carriage === 'missing' ? canonicalFields[field].fate : carriage
}

/** What becomes of a client's field at a target of another dialect. For documentation and tests. */
export function fateOf(row: Row, target: DialectTable): 'carried' | Fate {
  if (row === 'frame' || row === 'whole' || row === 'moot') return 'carried'
  if (row === 'lost' || row === 'refused') return row
  const fates = (typeof row === 'string' ? [row] : row).map((field) => carriageOf(target, field))
  // The best that may happen: which of several forms a value takes is known only when it is there.
  return fates.find((fate) => fate === 'carried') ?? fates.find((fate) => fate === 'lost') ?? 'refused'
}

/** The canonical field in the dialect's own words. */
export function nameOf(table: DialectTable, field: CanonicalField): string {
  const named = table.names?.[field]
  if (named !== undefined) return named
  for (const [name, row] of Object.entries(table.rows))
    if (row === field || (Array.isArray(row) && row.includes(field))) return name
  return field
}
