// For dialects that still have their rows, names and forms in separate tables.

import type { Form } from '../../wire/fields/form.ts'
import type { Json } from '../../../kit/json.ts'
import type { CanonicalField, Support } from './canonical-fields.ts'
import type { FieldRow, Meaning } from './row.ts'
import type { DialectTable, RequestFields } from './table.ts'

export type OldMeaning = Meaning | 'frame' | 'whole' | 'moot'

interface OldTable extends Omit<RequestFields, 'rows'> {
  rows: Readonly<Record<string, OldMeaning>>
  idle?: Readonly<Record<string, readonly Json[]>>
  forms?: Readonly<Record<string, Form>>
  carries: Readonly<Partial<Record<CanonicalField, Support>>>
  names?: Readonly<Partial<Record<CanonicalField, string>>>
}

export type OldRows = OldTable['rows']
export type OldDefaults = NonNullable<OldTable['idle']>

export function fromOldTable<Table extends OldTable>(
  table: Table,
): Omit<Table, 'rows' | 'names'> & Pick<DialectTable, 'rows' | 'names'> {
  const { rows, idle = {}, forms = {}, names = {} } = table
  const paths = new Set([...Object.keys(rows), ...Object.keys(forms)])
  const merged: Record<string, FieldRow> = {}
  const found: Partial<Record<CanonicalField, string>> = {}
  for (const path of paths) {
    const means = meaningOf(rows[path])
    const form = forms[path]
    const defaults = idle[path]
    merged[path] = { ...(means && { means }), ...(form && { form }), ...(defaults && { defaults }) }
    if (means === undefined) continue
    for (const field of typeof means === 'string' ? [means] : means) if (isField(field)) found[field] ??= path
  }
  return { ...table, rows: merged, names: { ...found, ...names } }
}

function meaningOf(row: OldMeaning | undefined): Meaning | undefined {
  if (row === 'frame') return 'structure'
  if (row === 'whole') return 'verbatim'
  return row === 'moot' ? 'ignored' : row
}

function isField(name: string): name is CanonicalField {
  return !['structure', 'verbatim', 'ignored', 'lost', 'refused'].includes(name)
}
