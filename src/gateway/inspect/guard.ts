// What a guard is. One file each in guards/; the list of kinds is guards/index.ts.

import type { z } from 'zod'
import type { PieceKind } from '../../contract/content.ts'

export interface Match {
  /** `pii/email`, `pattern/internal-host` */
  label: string
  start: number
  end: number
}

/** A configured guard, ready to read. */
export interface Detector {
  /** Reads one text (a channel's, decoded). Local guards answer at once; remote ones with a promise. Throws when it cannot tell. */
  find(text: string, kind: PieceKind): Match[] | Promise<Match[]>
  /**
   * For streams: how many leading characters of `text` are settled, that is: no match that touches them can begin, grow or vanish
   * by whatever text follows. The window releases no further.
   */
  settled(text: string): number
}

export interface GuardKind<Options = unknown> {
  kind: string
  /** Beside the code that reads it; its descriptions are the manual. */
  options: z.ZodType<Options>
  /** Every label that it may report, for `check` (a policy that asks for an unknown label is a mistake). */
  labels(options: Options): readonly string[]
  create(options: Options): Detector
}
