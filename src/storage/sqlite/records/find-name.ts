// Looks names up for readers.

import type { Database } from 'bun:sqlite'

export function nameFinder(database: Database) {
  const byText = database
    .query<{ id: number }, [string]>('SELECT id FROM name WHERE text = ?')
    .safeIntegers(false)
  const byId = database.query<{ text: string }, [number]>('SELECT text FROM name WHERE id = ?')
  return {
    /** Undefined if nothing has this name. */
    idOf: (text: string): number | undefined => byText.get(text)?.id,
    textOf: (id: number): string | undefined => (id === 0 ? undefined : byId.get(id)?.text),
  }
}
export type NameFinder = ReturnType<typeof nameFinder>
