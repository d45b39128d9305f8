// Public words that changed before the first release. There are no aliases: `check` names the new word.

/** Old word → new word, for settings and for values. The whole table: docs/decisions/008-public-words.md. */
const renamed: ReadonlyMap<string, string> = new Map([
  ['protocols', 'dialects'],
  ['protocol', 'dialect'],
  ['reply', 'response'],
  ['cancelled', 'canceled'],
])

/** The new word, if the word was renamed and the new word is allowed here. */
export function newWordFor(word: string, known: readonly string[]): string | undefined {
  const current = renamed.get(word)
  return current !== undefined && known.includes(current) ? current : undefined
}
