// The information in a dialect's rows about canonical fields, collected once at startup.

import type { Limits } from '../losses/limits.ts'
import { canonicalFields } from './canonical-fields.ts'
import type { CanonicalField, Support } from './canonical-fields.ts'
import type { WhenMissing } from '../canonical/definition.ts'
import type { EmbedField } from '../canonical/embed/fields.ts'
import type { GenerateField } from '../canonical/fields.ts'
import { fieldsIn } from './row.ts'
import type { FieldRows, Meaning } from './row.ts'

/** The definition of a dialect's requests. */
export interface RequestFields {
  /** By path (row.ts). The members of an encoded request have the order of their rows. */
  readonly rows: FieldRows
  /**
   * Top-level members with the conversation. An unknown member is media inside of them, and a tool elsewhere.
   */
  readonly contents: readonly string[]
  /** Members that hold a whole request. */
  readonly requests?: readonly string[]
  /** The one name of a member that may be spelled in several ways. */
  readonly spelling?: (key: string) => string
  /** Limits on the values of carried fields. */
  readonly limits?: Limits
}

export interface DialectTable extends Partial<RequestFields> {
  readonly rows: FieldRows
  /** Absent fields are missing. A provider may correct it (`Departures.carries`). */
  readonly carries: Readonly<Partial<Record<CanonicalField, Support>>>
  /** The path that names a canonical field in losses and refusals: `tools[].function.strict`. */
  readonly names: Readonly<Partial<Record<CanonicalField, string>>>
}

/** The table of a dialect of text generation. */
export interface GenerateTable extends DialectTable {
  readonly carries: Readonly<Partial<Record<GenerateField, Support>>>
  readonly limits: Limits
}

/** The table of a dialect of embeddings. */
export interface EmbedTable extends DialectTable {
  readonly carries: Readonly<Partial<Record<EmbedField, Support>>>
}

export function createTable<Fields extends RequestFields>(
  fields: Fields,
): Fields & Pick<DialectTable, 'carries' | 'names'> {
  return { ...fields, carries: carriesOf(fields.rows), names: namesOf(fields.rows) }
}

function carriesOf(rows: FieldRows): Partial<Record<CanonicalField, Support>> {
  const carries: Partial<Record<CanonicalField, Support>> = {}
  for (const { means, sends = fieldsIn(means), implies = [] } of Object.values(rows)) {
    for (const field of sends) carries[field] = 'carried'
    for (const field of implies) carries[field] = 'implied'
  }
  return carries
}

function namesOf(rows: FieldRows): Partial<Record<CanonicalField, string>> {
  const names: Partial<Record<CanonicalField, string>> = {}
  for (const [path, row] of Object.entries(rows)) for (const field of row.names ?? []) names[field] ??= path
  for (const [path, { means, sends = [], implies = [] }] of Object.entries(rows))
    for (const field of [...fieldsIn(means), ...sends, ...implies]) names[field] ??= path
  return names
}

export function supportOf(table: DialectTable, field: CanonicalField): 'carried' | WhenMissing {
  const support = table.carries[field] ?? 'missing'
  if (support === 'implied') return 'carried'
  return support === 'missing' ? canonicalFields[field].whenMissing : support
}

/** The outcome for a client's member at a target of another dialect. For documentation and tests. */
export function outcomeAt(means: Meaning, target: DialectTable): 'carried' | WhenMissing {
  if (means === 'lost' || means === 'refused') return means
  const fields = fieldsIn(means)
  if (fields.length === 0) return 'carried'
  const outcomes = new Set(fields.map((field) => supportOf(target, field)))
  // the best possible outcome: only the value shows which of several fields is meant
  return ['carried' as const, 'lost' as const].find((each) => outcomes.has(each)) ?? 'refused'
}

/** The name of a canonical field in the dialect. */
export function nameOf({ names }: DialectTable, field: CanonicalField): string {
  return names[field] ?? field
}
