// Placeholders of one exchange and what they stand for. Kept in memory, for as long as the exchange runs.

import type { Detector, Match } from './guard.ts'

export interface Vault {
  readonly originals: ReadonlyMap<string, string>
  /** The same value gets the same placeholder, `<EMAIL_1>`: short words in capitals that models repeat faithfully. */
  placeholder(label: string, value: string): string
}

/** @param texts what the caller sent: a placeholder-like text in it is somebody else's and is never taken */
export function vault(texts: readonly string[]): Vault {
  const taken = new Set<string>()
  for (const text of texts) for (const found of text.matchAll(placeholderLike)) taken.add(found[0])
  const originals = new Map<string, string>()
  const placeholders = new Map<string, string>()
  const counts = new Map<string, number>()
  return {
    originals,
    placeholder(label, value) {
      const identity = `${label}\n${value}`
      const known = placeholders.get(identity)
      if (known !== undefined) return known
      const name = label
        .slice(label.indexOf('/') + 1)
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '_')
      let count = counts.get(name) ?? 0
      let made: string
      do {
        count += 1
        made = `<${name}_${count}>`
      } while (taken.has(made))
      counts.set(name, count)
      placeholders.set(identity, made)
      originals.set(made, value)
      return made
    },
  }
}

const placeholderLike = /<[A-Z0-9_]{1,80}_[0-9]{1,9}>/g

/** Finds the placeholders of a vault in a reply. One that the model made up stays as it is. */
export function placeholders(originals: ReadonlyMap<string, string>): Detector {
  const longest = Math.max(...[...originals.keys()].map((placeholder) => placeholder.length))
  return {
    context: 0,
    find(text, _kind, from) {
      const found: Match[] = []
      for (let start = text.indexOf('<', from); start !== -1; start = text.indexOf('<', start + 1)) {
        const close = text.slice(start, start + longest).indexOf('>')
        const placeholder = close === -1 ? '' : text.slice(start, start + close + 1)
        if (originals.has(placeholder)) found.push({ label: placeholder, start, end: start + placeholder.length })
      }
      return found
    },
    settled(text) {
      const start = text.lastIndexOf('<')
      return start !== -1 && text.length - start < longest && /^<[A-Z0-9_]*$/.test(text.slice(start)) ? start : text.length
    },
  }
}
