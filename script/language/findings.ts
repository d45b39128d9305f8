// Compares passages with the list of avoided words.

import { type Exception, exceptions } from './exceptions.ts'
import { americanSpelling, type Entry, entries } from './list.ts'
import type { Passage } from './passages.ts'

export interface Finding {
  file: string
  line: number
  kind: Passage['kind']
  word: string
  use: string
}

const listed = new Map<string, Entry>()
const listedInNames = new Map<string, Entry>()
for (const entry of entries) {
  for (const word of entry.words?.split(' ') ?? []) listed.set(word, entry)
  for (const word of entry.names?.split(' ') ?? []) listedInNames.set(word, entry)
}
const patterns = entries.flatMap(({ prose, use }) =>
  prose ? [{ pattern: new RegExp(prose, 'gim'), use }] : [],
)
const userPatterns = entries.flatMap(({ users, use }) =>
  users ? [{ pattern: new RegExp(users, 'gi'), use }] : [],
)

const userPages = ['docs/guides/', 'docs/reference/', 'README.md', 'examples/']

/** Do users read this: a message of the product, or a page for users? */
function isForUsers(file: string, kind: Passage['kind']): boolean {
  if (kind === 'page') return userPages.some((start) => file.startsWith(start))
  return kind === 'text' && file.startsWith('src/') && !file.endsWith('.test.ts')
}

/** Exceptions that matched at least once. */
export const used = new Set<Exception>()

export function findingsOf(file: string, content: string, passages: readonly Passage[]): Finding[] {
  const lines = content.split('\n')
  return passages.flatMap((passage) =>
    hitsOf(file, passage).flatMap(({ at, word, use }) => {
      const line = passage.line + passage.text.slice(0, at).split('\n').length - 1
      const exception = exceptions.find(
        (known) =>
          (known.word === '*' || known.word === word.toLowerCase()) &&
          file.startsWith(known.under ?? '') &&
          (known.line?.test(lines[line - 1] ?? '') ?? true),
      )
      if (exception) used.add(exception)
      return exception
        ? []
        : [{ file, line, kind: passage.kind, word: word.replace(/\s+/g, ' ').trim(), use }]
    }),
  )
}

interface Hit {
  at: number
  word: string
  use: string
}

function hitsOf(file: string, { kind, text }: Passage): Hit[] {
  const hits: Hit[] = []
  for (const match of text.matchAll(/[A-Za-z]+/g)) {
    const word = match[0].toLowerCase()
    const american = americanSpelling(word)
    const entry = listed.get(word) ?? (kind === 'name' ? listedInNames.get(word) : undefined)
    const use = american ?? entry?.use
    if (use !== undefined) hits.push({ at: match.index, word: match[0], use })
  }
  if (kind === 'name') return hits
  for (const { pattern, use } of isForUsers(file, kind) ? [...patterns, ...userPatterns] : patterns) {
    for (const match of text.matchAll(pattern)) hits.push({ at: match.index, word: match[0], use })
  }
  return hits
}
