// What stands where something was taken out: a mask for good, or the replacement that a verdict names.

import type { ChannelText, RawEdit } from './channel-text.ts'

/** A match that changes the text. Positions of the decoded channel. */
export interface Change {
  start: number
  end: number
  replacement: string
}

/** `pii/email` → `[email]` */
export const mask = (label: string): string => `[${label.slice(label.indexOf('/') + 1)}]`

export interface Redaction {
  /**
   * Changes in order of their start, over one or several calls. Where two overlap, the first one's
   * replacement stands for both.
   */
  apply(changes: readonly Change[]): RawEdit[]
}

export function redaction(text: ChannelText): Redaction {
  let coveredTo = 0
  return {
    apply(changes) {
      const edits: RawEdit[] = []
      for (const change of changes) {
        if (change.end <= coveredTo) continue
        if (change.start >= coveredTo)
          edits.push(...text.replace(change.start, change.end, change.replacement))
        else edits.push(...text.replace(coveredTo, change.end, ''))
        coveredTo = change.end
      }
      return edits
    },
  }
}

/** Does a policy that names `asked` mean this label? `pii` means `pii/email` too. */
export const isMeant = (asked: readonly string[], label: string): boolean =>
  asked.some((name) => name === label || (label.startsWith(name) && label.charAt(name.length) === '/'))
