// The replacement of removed text: a permanent mask, or the replacement of a verdict.

import type { ChannelText, RawEdit } from './channel-text.ts'

/** A match that changes the text. Positions of the decoded channel. */
export interface Change {
  start: number
  end: number
  replacement: string
}

/** `pii/email` → `[email]` */
export const mask = (label: string): string => `[${label.slice(label.indexOf('/') + 1)}]`

/** The changes of one text, from one or several calls. */
export class Redaction {
  readonly #text: ChannelText
  #coveredTo = 0

  constructor(text: ChannelText) {
    this.#text = text
  }

  /** Changes in order of their start. If two overlap, the replacement of the first applies to both. */
  apply(changes: readonly Change[]): RawEdit[] {
    const edits: RawEdit[] = []
    for (const { start, end, replacement } of changes) {
      if (end <= this.#coveredTo) continue
      const edit =
        start >= this.#coveredTo
          ? this.#text.replace(start, end, replacement)
          : this.#text.replace(this.#coveredTo, end, '')
      edits.push(...edit)
      this.#coveredTo = end
    }
    return edits
  }
}

/** Do a policy's labels include this one? `pii` includes `pii/email`. */
export const isMeant = (labels: readonly string[], label: string): boolean =>
  labels.some((name) => name === label || (label.startsWith(name) && label.charAt(name.length) === '/'))
