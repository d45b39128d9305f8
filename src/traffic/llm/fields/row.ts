// The table of a dialect has one row for each member of its requests. The row holds everything that the
// gateway knows about the member: what it means in the canonical form, how it is read and written, and which
// of its values guards need not read. From the rows derive:
//
// - what is lost or refused between two dialects (losses/), and docs/reference/losses.md;
// - decoding and encoding of settings (settings.ts);
// - what guards read (traffic/wire/fields), and docs/reference/fields.md.
//
// Example: the row of `min_p` in OpenAI's chat dialect. It means the canonical field `min-p`
// (canonical/settings.ts) and is a number. OpenAI itself does not take it, so `sends` is empty. The vendors
// that take it declare this in providers/vendors.ts.
//
//   min_p: { means: 'min-p', form: number, sends: [] },
//
// A dialect that lacks a field has no row for it: the field is then *missing*, and its definition says
// whether that is a loss or the call is refused.
//
// Paths: `messages[].name` is a member of each element of a list, `input[type=reasoning].summary` one of the
// elements of that type. `metadata.*` are members whose names the caller chooses.

import type { Form } from '../../wire/fields/form.ts'
import type { FormTable } from '../../wire/fields/tree.ts'
import type { Json } from '../../../kit/json.ts'
import type { WhenMissing } from '../canonical/definition.ts'
import type { Departures } from '../provider.ts'
import type { CanonicalField } from './canonical-fields.ts'
import type { SettingReading } from './reading.ts'

/**
 * The meaning of a member in a translation:
 *
 * - `structure`: a part of the request's structure, such as messages, a type, the model. It is always
 *   translated, and its own members have rows.
 * - `verbatim`: copied as it is, such as arguments and schemas. Its members need no rows.
 * - `ignored`: matters to the client's vendor alone, such as ids and states of items. It is left out, and
 *   that is not a loss.
 * - canonical fields: carried if the provider's dialect can send one of them.
 * - `lost`, `refused`: it has no canonical form, and this happens to it.
 */
export type Meaning =
  | 'structure'
  | 'verbatim'
  | 'ignored'
  | CanonicalField
  | readonly CanonicalField[]
  | WhenMissing

export interface FieldRow {
  /**
   * Absent means a member of other vendors' requests. Guards know it, but a translation treats it as unknown.
   */
  means?: Meaning
  /** The values that guards need not read. Absent means that they read all. */
  form?: Form
  /** Default values. Leaving them out is not a loss. */
  defaults?: readonly Json[]
  /** The canonical fields that a request in this dialect can have here. Default: those that the row means. */
  sends?: readonly CanonicalField[]
  /** Canonical fields that hold in this dialect without being sent. */
  implies?: readonly CanonicalField[]
  /** Losses of these canonical fields are named by this path, too. Default: those that no other row names. */
  names?: readonly CanonicalField[]
  /**
   * Reads the setting if the plain value of its type is not enough. `false` means that the decoder reads it.
   */
  read?: ((reading: SettingReading) => unknown) | false
  /** Writes the setting if the plain value is not enough. `false` means that the encoder writes it. */
  write?: ((value: Json) => Json | undefined) | false
  /** The name of the member at vendors that use another name. */
  nameAt?: (departures: Departures) => string | undefined
}

export type FieldRows = Readonly<Record<string, FieldRow>>

/** The rows of members of one object: `below('tools[]', { name: … })` has `tools[].name`. */
export function below(path: string, rows: FieldRows): FieldRows {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [`${path}.${name}`, row]))
}

/** Rows with forms that requests and responses share. Forms without a row become rows for guards. */
export function withForms(rows: FieldRows, forms: FormTable): FieldRows {
  const merged: Record<string, FieldRow> = { ...rows }
  for (const [path, form] of Object.entries(forms)) merged[path] = { ...merged[path], form }
  return merged
}

/** The rows of members that guards know and translations do not. */
export function withoutMeanings(rows: FieldRows): FieldRows {
  return Object.fromEntries(Object.entries(rows).map(([path, { form }]) => [path, form ? { form } : {}]))
}

/** The same row for several members. @param names separated by spaces, `''` as path for the top */
export function each(path: string, names: string, row: FieldRow): FieldRows {
  const before = path === '' ? '' : `${path}.`
  return Object.fromEntries(names.split(' ').map((name) => [before + name, row]))
}

/** The same row for elements of several types. @param types separated by spaces */
export function eachType(path: string, types: string, row: FieldRow): FieldRows {
  return Object.fromEntries(types.split(' ').map((type) => [`${path}[type=${type}]`, row]))
}

export function fieldsIn(means: Meaning | undefined): readonly CanonicalField[] {
  if (means === undefined) return []
  if (typeof means !== 'string') return means
  return isField(means) ? [means] : []
}

function isField(means: Exclude<Meaning, readonly CanonicalField[]>): means is CanonicalField {
  return !['structure', 'verbatim', 'ignored', 'lost', 'refused'].includes(means)
}
