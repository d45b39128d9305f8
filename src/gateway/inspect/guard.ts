// What a guard is. One file each in guards/; the list of kinds is guards/index.ts.

import type { z } from 'zod'
import type { PieceKind } from '../../contract/content.ts'
import type { FoldOnce } from './guards/fold.ts'

export interface Match {
  /** `pii/email`, `pattern/internal-host` */
  label: string
  start: number
  end: number
}

/** A configured guard, ready to read. */
export interface Detector {
  /**
   * How many characters before `from` decide whether something at `from` matches (word boundaries, context
   * words).
   */
  readonly context: number
  /**
   * Reads one text (a channel's, decoded) from the character `from` on; what lies before is context only.
   * Matches come in order and do not overlap; after a match it reads on from its end.
   * `folded` is the text as all guards share it (guards/fold.ts); absent: the guard folds for itself.
   * Local guards answer at once; remote ones with a promise. Throws when it cannot tell.
   */
  find(text: string, kind: PieceKind, from: number, folded?: FoldOnce): Match[] | Promise<Match[]>
  /**
   * For streams: how many leading characters of `text` are settled, that is: no match that touches them can
   * begin, grow or vanish by whatever text follows. The window releases no further. Never less than it said
   * for the same text without its tail.
   */
  settled(text: string, from: number, folded?: FoldOnce): number
}

export interface GuardKind<Options = unknown> {
  kind: string
  /** Beside the code that reads it; its descriptions are the manual. */
  options: z.ZodType<Options>
  /** Every label that it may report, for `check` (a policy that asks for an unknown label is a mistake). */
  labels(options: Options): readonly string[]
  create(options: Options): Detector
}
