// Counts what a response reports: usage (the last report wins), finish, model, and the length of its
// output for an estimate.

import type { ResponsePiece } from '../../contract/response.ts'
import type { Finish, Usage } from '../../contract/usage.ts'

export class Meter {
  usage: Usage | undefined
  finish: Finish | undefined
  upstreamModel: string | undefined
  /** Characters. */
  outputLength = 0

  note(piece: ResponsePiece): void {
    if (piece.usage) this.usage = piece.usage
    if (piece.finish) this.finish = piece.finish
    if (piece.upstreamModel !== undefined) this.upstreamModel = piece.upstreamModel
    this.outputLength += piece.outputLength
  }
}
