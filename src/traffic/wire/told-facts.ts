// Facts that a translation tells beside the bytes: they are exact where the client's dialect cannot say as
// much, so they win.

import type { ReplyPiece } from '../../contract/response.ts'
import type { Told } from '../../contract/upstream.ts'

export class ToldFacts {
  private readonly told: Told
  private usage: Told['usage']
  private finish: Told['finish']
  private upstreamModel: Told['upstreamModel']

  constructor(told: Told) {
    this.told = told
  }

  /**
   * Puts what was told by now onto the pieces that were read meanwhile; with no pieces it waits for the next.
   */
  amend(pieces: ReplyPiece[]): void {
    const { told } = this
    for (const piece of pieces) {
      // Counts that a dialect needs and nobody told are written as zero; they must not be charged as that.
      if (told.usage && piece.usage) piece.usage = told.usage
      else delete piece.usage
      if (told.finish && piece.finish) piece.finish = told.finish
      // A dialect may have no better word than "failed" for how a model ended (a call that is no JSON); that
      // is nobody's fault.
      if (piece.fault && !told.fault) delete piece.fault
      else if (piece.fault && told.fault) piece.fault = told.fault
    }
    const last = pieces.at(-1)
    if (!last) return
    if (told.usage !== this.usage && told.usage) last.usage = this.usage = told.usage
    if (told.finish !== this.finish && told.finish) last.finish = this.finish = told.finish
    if (told.upstreamModel !== this.upstreamModel && told.upstreamModel !== undefined)
      last.upstreamModel = this.upstreamModel = told.upstreamModel
  }
}
