// One channel of a reply inside the window: its unjudged text, how far each guard has judged it, and the
// edits that its events still need.

import type { Edit, PieceKind } from '../../contract/content.ts'
import { type RawEdit, channelText } from './channel-text.ts'
import type { Detector, Match } from './guard.ts'
import { type Change, redaction } from './redact.ts'

/**
 * Something that reads a reply: a guard with what follows from its matches, or the search for placeholders.
 */
export interface Watcher {
  detector: Detector
  /** Reads from `from` on; applies the guard's error rule and time-out. */
  find(text: string, kind: PieceKind, from: number): Match[] | Promise<Match[]>
  /** What replaces a match, if anything. Throws what ends the reply. Positions are of the decoded channel. */
  judge(match: Match, channel: string, text: string, kind: PieceKind): string | undefined
  /** Does it read each channel by itself, whatever another ended with? */
  isOfOneChannel?: boolean
  /**
   * May it refuse a call of a tool for any of its arguments? Then nothing of the call leaves before all of
   * them have come.
   */
  holdsCalls?: boolean
}

export interface WindowChannel {
  /** Characters so far, and how many of them are judged; both as the channel itself counts. */
  readonly length: number
  readonly judged: number
  /** Nothing of it may leave yet, not even its beginning. */
  readonly isHeld: boolean
  append(raw: string): void
  /** Lets every watcher read what is new. A promise only when one of them is remote. */
  read(isComplete: boolean): void | Promise<void>
  /** Edits for the judged characters [start, end), positions relative to `start`. Asked for in order. */
  take(start: number, end: number): Edit[]
}

/**
 * @param fixed characters at the beginning that have left already: a match that begins there is replaced
 * behind them
 */
export function windowChannel(
  name: string,
  kind: PieceKind,
  escaping: 'none' | 'json-text',
  watchers: readonly Watcher[],
  fixed = 0,
): WindowChannel {
  const text = channelText(escaping)
  const changes = redaction(text)
  const context = Math.max(...watchers.map((watcher) => watcher.detector.context))
  /** Per watcher, the decoded character from which on it has yet to judge. */
  const from = watchers.map(() => 0)
  let waiting: (Change & { watcher: number })[] = []
  let edits: RawEdit[] = []
  let length = 0
  let judged = 0
  let isHeld = kind === 'tool-arguments' && watchers.some(({ holdsCalls }) => holdsCalls)

  function read(isComplete: boolean, first = 0): void | Promise<void> {
    if (first === 0 && isComplete) text.complete()
    for (let index = first; index < watchers.length; index += 1) {
      const watcher = watchers[index]
      const start = (from[index] ?? 0) - text.base
      if (!watcher || start >= text.text.length) continue
      const settled = isComplete ? text.text.length : watcher.detector.settled(text.text, start)
      if (settled <= start) continue
      const found = watcher.find(text.text, kind, start)
      if (found instanceof Promise) {
        return found.then((matches) => {
          accept(index, watcher, matches, settled)
          return read(isComplete, index + 1)
        })
      }
      accept(index, watcher, found, settled)
    }
    release(isComplete)
  }

  function accept(index: number, watcher: Watcher, matches: readonly Match[], settled: number) {
    let done = settled
    for (const match of matches) {
      if (match.start >= settled) break
      done = Math.max(done, match.end)
      const found = { label: match.label, start: text.base + match.start, end: text.base + match.end }
      const replacement = watcher.judge(found, name, text.text, kind)
      if (replacement !== undefined)
        waiting.push({ start: Math.max(found.start, fixed), end: found.end, replacement, watcher: index })
    }
    from[index] = text.base + done
  }

  /** What all watchers have judged may go; changes that begin there are final. */
  function release(isComplete: boolean) {
    if (isComplete) isHeld = false
    const clear = Math.min(...from)
    if (waiting.length > 0) {
      const ready = waiting
        .filter((change) => change.start < clear)
        .sort((a, b) => a.start - b.start || a.watcher - b.watcher)
      waiting = waiting.filter((change) => change.start >= clear)
      edits.push(...changes.apply(ready))
    }
    judged = text.rawAt(clear)
    // forgetting in strides keeps the cost per event independent of how the stream is cut
    if (clear - context - text.base > stride) text.forget(clear - context)
  }

  return {
    get length() {
      return length
    },
    get judged() {
      return judged
    },
    get isHeld() {
      return isHeld
    },
    append(raw) {
      length += raw.length
      text.append(raw)
    },
    read: (isComplete) => read(isComplete),
    take(start, end) {
      if (edits.length === 0) return noEdits
      const taken: Edit[] = []
      for (const edit of edits) {
        if (edit.start >= end) break
        // the replacement stands where the span begins; what reaches into later events is only taken out
        // there
        const replacement = edit.start >= start ? edit.replacement : ''
        taken.push({
          channel: name,
          start: Math.max(edit.start, start) - start,
          end: Math.min(edit.end, end) - start,
          replacement,
        })
      }
      edits = edits.filter((edit) => edit.end > end)
      return taken
    },
  }
}

const stride = 128
const noEdits: Edit[] = []
