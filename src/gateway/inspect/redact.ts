// What replaces something that was taken out: a mask for good, or the replacement that a verdict names.

import type { ChannelText, RawEdit } from './channel-text.ts'

/** A match that changes the text. Positions of the decoded channel. */
export interface Change {
  start: number
  end: number
  replacement: string
}

/** `pii/email` → `[email]` */
export const mask = (label: string): string => `[${label.slice(label.indexOf('/') + 1)}]`

/** The changes of one text, over one or several calls. */
export class Redaction {
  readonly #text: ChannelText
  #coveredTo = 0

  constructor(text: ChannelText) {
    this.#text = text
  }

  /** Changes in order of their start. Where two overlap, the replacement of the first serves for both. */
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

/** Does a policy with these labels mean this one? `pii` means `pii/email` too. */
export const isMeant = (labels: readonly string[], label: string): boolean =>
  labels.some((name) => name === label || (label.startsWith(name) && label.charAt(name.length) === '/'))
