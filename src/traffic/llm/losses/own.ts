// Members of the client's request that a translation leaves out because they have no canonical form.

import type { DialectTable } from './dialect.ts'
import type { LossNotes } from './notes.ts'

/**
 * Notes or refuses every member that the table does not know or does not carry. Members that are null say nothing.
 * @param members the top level, or an object whose rows stand under `prefix`: `tools[].`
 * @throws GatewayError `unsupported`
 */
export function dropOwnFields(members: ReadonlyMap<string, { readonly kind: string }>, { rows }: DialectTable, notes: LossNotes, prefix = ''): void {
  for (const [key, { kind }] of members) {
    if (kind === 'null') continue
    const name = prefix + key
    const row = Object.hasOwn(rows, name) ? rows[name] : undefined
    if (row === 'lost' || row === 'refused') notes.dropOwn(name)
    // a key that nobody knows may be content
    else if (row === undefined) notes.dropOwn(nameable.test(key) ? name : `${prefix}*`)
  }
}

const nameable = /^[a-z][a-z0-9_]{0,39}$/i
