// Placeholders of one exchange and the values that they replace, in memory, until the exchange ends.

import type { Hidden } from '../exchange.ts'
import type { RestorePlace } from '../../contract/snapshot.ts'

export interface Vault {
  readonly hidden: ReadonlyMap<string, Hidden>
  /**
   * The same value gets the same placeholder, `<EMAIL_1>`: short words in capitals that models repeat
   * faithfully.
   * @param rule that hides it
   * @param restoreIn the places, in addition to texts for people, where it is restored; for a value that two
   * rules hide, only the places of both
   */
  placeholder(label: string, value: string, rule: string, restoreIn: readonly RestorePlace[]): string
}

/**
 * @param texts what the caller sent: a text in it that looks like a placeholder is not ours, and its name is
 * never used
 */
export function createVault(texts: readonly string[]): Vault {
  const taken = new Set<string>()
  for (const text of texts)
    for (const [, name = ''] of text.matchAll(placeholderLike)) taken.add(`<${name.toUpperCase()}>`)
  const hidden = new Map<string, Hidden>()
  const placeholders = new Map<string, string>()
  const counts = new Map<string, number>()
  return {
    hidden,
    placeholder(label, value, rule, restoreIn) {
      const identity = `${label}\n${value}`
      const known = placeholders.get(identity)
      if (known !== undefined) {
        const before = hidden.get(known)
        if (before)
          hidden.set(known, {
            ...before,
            restoreIn: before.restoreIn.filter((place) => restoreIn.includes(place)),
          })
        return known
      }
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
      hidden.set(made, { value, rule, restoreIn })
      return made
    },
  }
}

/** In every spelling that is recognized as a placeholder. */
const placeholderLike = /(?:<|\\+u003c|%3c|&lt;)([A-Z0-9_]{1,80}_[0-9]{1,9})(?:>|\\+u003e|%3e|&gt;)/gi
