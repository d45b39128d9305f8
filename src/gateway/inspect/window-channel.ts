// One channel of a response in the window: its unjudged text, the position that each guard has reached, and
// the edits that its events still need.

import type { Edit, PieceKind } from '../../contract/content.ts'
import { type ChannelText, type RawEdit, createChannelText } from './channel-text.ts'
import type { Detector, Match } from './guard.ts'
import { type FoldOnce, foldOnce } from './guards/fold.ts'
import { type Change, Redaction } from './redact.ts'

/** A reader of a response: a guard with the effects of its matches, or the search for placeholders. */
export interface Watcher {
  detector: Detector
  /** Reads from `from`; applies the guard's error rule and timeout. */
  find(text: string, kind: PieceKind, from: number, folded: FoldOnce): Match[] | Promise<Match[]>
  /**
   * The replacement of a match, if any. Throws an error that ends the response. Positions refer to the
   * decoded channel.
   */
  judge(match: Match, channel: string, text: string, kind: PieceKind): string | undefined
  /** Does it read each channel separately, without the end of the previous channel? */
  isOfOneChannel?: boolean
  /**
   * May it refuse a tool call because of any argument? Then no part of the call leaves before all arguments
   * have arrived.
   */
  holdsCalls?: boolean
}

export class WindowChannel {
  readonly #name: string
  readonly #kind: PieceKind
  readonly #watchers: readonly Watcher[]
  readonly #fixed: number
  readonly #text: ChannelText
  readonly #redaction: Redaction
  readonly #context: number
  /** Per watcher, the first decoded character that it has not judged yet. */
  readonly #from: number[]
  #waiting: (Change & { watcher: number })[] = []
  #edits: RawEdit[] = []
  #length = 0
  #judged = 0
  #isHeld: boolean

  /**
   * @param fixed number of leading characters that were already sent: a match that begins there is replaced
   * after them
   */
  constructor(
    name: string,
    kind: PieceKind,
    escaping: 'none' | 'json-text',
    watchers: readonly Watcher[],
    fixed = 0,
  ) {
    this.#name = name
    this.#kind = kind
    this.#watchers = watchers
    this.#fixed = fixed
    this.#text = createChannelText(escaping)
    this.#redaction = new Redaction(this.#text)
    this.#context = Math.max(...watchers.map((watcher) => watcher.detector.context))
    this.#from = watchers.map(() => 0)
    this.#isHeld = kind === 'tool-arguments' && watchers.some(({ holdsCalls }) => holdsCalls)
  }

  /** Characters so far, counted in the channel itself. */
  get length(): number {
    return this.#length
  }

  /** The number of judged characters. */
  get judged(): number {
    return this.#judged
  }

  /** Nothing of it may leave yet, not even its beginning. */
  get isHeld(): boolean {
    return this.#isHeld
  }

  append(raw: string): void {
    this.#length += raw.length
    this.#text.append(raw)
  }

  /** Lets every watcher read the new text. Returns a promise only if one of them is remote. */
  read(isComplete: boolean): void | Promise<void> {
    if (isComplete) this.#text.complete()
    return this.#readFrom(0, isComplete, foldOnce(this.#text.text))
  }

  #readFrom(first: number, isComplete: boolean, folded: FoldOnce): void | Promise<void> {
    const { text, base } = this.#text
    for (let index = first; index < this.#watchers.length; index += 1) {
      const watcher = this.#watchers[index]
      const start = (this.#from[index] ?? 0) - base
      if (!watcher || start >= text.length) continue
      const settled = isComplete ? text.length : watcher.detector.settled(text, start, folded)
      if (settled <= start) continue
      const found = watcher.find(text, this.#kind, start, folded)
      if (found instanceof Promise) {
        return found.then((matches) => {
          this.#accept(index, watcher, matches, settled)
          return this.#readFrom(index + 1, isComplete, folded)
        })
      }
      this.#accept(index, watcher, found, settled)
    }
    this.#release(isComplete)
  }

  #accept(index: number, watcher: Watcher, matches: readonly Match[], settled: number): void {
    const { text, base } = this.#text
    let done = settled
    for (const match of matches) {
      if (match.start >= settled) break
      done = Math.max(done, match.end)
      const found = { label: match.label, start: base + match.start, end: base + match.end }
      const replacement = watcher.judge(found, this.#name, text, this.#kind)
      if (replacement === undefined) continue
      const start = Math.max(found.start, this.#fixed)
      this.#waiting.push({ start, end: found.end, replacement, watcher: index })
    }
    this.#from[index] = base + done
  }

  /** Text that all watchers have judged may leave; changes that begin there are final. */
  #release(isComplete: boolean): void {
    if (isComplete) this.#isHeld = false
    const clear = Math.min(...this.#from)
    if (this.#waiting.length > 0) {
      const ready = this.#waiting
        .filter((change) => change.start < clear)
        .sort((a, b) => a.start - b.start || a.watcher - b.watcher)
      this.#waiting = this.#waiting.filter((change) => change.start >= clear)
      this.#edits.push(...this.#redaction.apply(ready))
    }
    this.#judged = this.#text.rawAt(clear)
    // dropping text in larger steps keeps the cost per event independent of the stream's fragmentation
    if (clear - this.#context - this.#text.base > stride) this.#text.forget(clear - this.#context)
  }

  /** Edits for the judged characters [start, end), positions relative to `start`. Call it in order. */
  take(start: number, end: number): Edit[] {
    if (this.#edits.length === 0) return noEdits
    const taken: Edit[] = []
    for (const edit of this.#edits) {
      if (edit.start >= end) break
      // The replacement is at the start of the span. Later events only lose the rest of the span.
      const replacement = edit.start >= start ? edit.replacement : ''
      taken.push({
        channel: this.#name,
        start: Math.max(edit.start, start) - start,
        end: Math.min(edit.end, end) - start,
        replacement,
      })
    }
    this.#edits = this.#edits.filter((edit) => edit.end > end)
    return taken
  }
}

const stride = 128
const noEdits: Edit[] = []
