// Counts what a reply says of itself: usage (the last word wins), finish, model, and the length of its output for an estimate.

import type { ReplyPiece } from '../../contract/response.ts'
import type { Finish, Usage } from '../../contract/usage.ts'

export interface Meter {
  usage: Usage | undefined
  finish: Finish | undefined
  upstreamModel: string | undefined
  /** Characters. */
  outputLength: number
  note(piece: ReplyPiece): void
}

export function meter(): Meter {
  const self: Meter = {
    usage: undefined,
    finish: undefined,
    upstreamModel: undefined,
    outputLength: 0,
    note(piece) {
      if (piece.usage) self.usage = piece.usage
      if (piece.finish) self.finish = piece.finish
      if (piece.upstreamModel !== undefined) self.upstreamModel = piece.upstreamModel
      self.outputLength += piece.outputLength
    },
  }
  return self
}
