// The interface of a guard. Each kind has one file in guards/; guards/index.ts lists the kinds.

import type { z } from 'zod'
import type { PieceKind } from '../../contract/content.ts'
import type { FoldOnce } from './guards/fold.ts'

export interface Match {
  /** `pii/email`, `pattern/internal-host` */
  label: string
  start: number
  end: number
}

/** A configured guard that is ready to read. */
export interface Detector {
  /**
   * The number of characters before `from` that can affect a match at `from` (word boundaries, context
   * words).
   */
  readonly context: number
  /**
   * Reads one text (of a channel, decoded) from the character `from` on; earlier characters are only context.
   * Matches are in order and do not overlap; after a match, reading continues at its end. `folded` is the
   * folded text that all guards share (guards/fold.ts); without it, the guard folds the text itself. Local
   * guards return synchronously, remote ones return a promise. Throws if it cannot decide.
   */
  find(text: string, kind: PieceKind, from: number, folded?: FoldOnce): Match[] | Promise<Match[]>
  /**
   * For streams: the number of leading characters of `text` that are settled. A character is settled if no
   * following text can make a match that touches it begin, grow or vanish. The window releases only settled
   * text. The result is never less than for the same text without its tail.
   */
  settled(text: string, from: number, folded?: FoldOnce): number
}

export interface GuardKind<Options = unknown> {
  kind: string
  /** The schema is next to the code that reads the options; its descriptions become the reference. */
  options: z.ZodType<Options>
  /** Every label that it may report, for `check` (a policy with an unknown label is a mistake). */
  labels(options: Options): readonly string[]
  create(options: Options): Detector
}
