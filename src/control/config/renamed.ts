// Public names that changed before the first release. There are no aliases: `check` reports the new name.

/** Old name → new name, for settings and for values. docs/decisions/008-public-words.md has the whole table. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['protocols', 'dialects'],
  ['protocol', 'dialect'],
  ['reply', 'response'],
  ['cancelled', 'canceled'],
])

/** The new name, if the name changed and the new one is allowed here. */
export function newNameFor(word: string, known: readonly string[]): string | undefined {
  const current = renamed.get(word)
  return current !== undefined && known.includes(current) ? current : undefined
}
