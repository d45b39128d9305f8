// Facts that a translation reports next to the bytes. They are exact even if the client's dialect cannot
// express them, so they take precedence.

import type { ResponsePiece } from '../../contract/response.ts'
import type { SideFacts } from '../../contract/upstream.ts'

export class SideFactsOverlay {
  private readonly sideFacts: SideFacts
  private usage: SideFacts['usage']
  private finish: SideFacts['finish']
  private upstreamModel: SideFacts['upstreamModel']

  constructor(sideFacts: SideFacts) {
    this.sideFacts = sideFacts
  }

  /**
   * Adds the facts reported so far to the pieces that were read meanwhile. Without pieces, the facts wait for
   * the next ones.
   */
  amend(pieces: ResponsePiece[]): void {
    const { sideFacts } = this
    for (const piece of pieces) {
      // Counts that a dialect needs and the provider did not report are written as zero. They must not be
      // charged as zero.
      if (sideFacts.usage && piece.usage) piece.usage = sideFacts.usage
      else delete piece.usage
      if (sideFacts.finish && piece.finish) piece.finish = sideFacts.finish
      // A dialect may have no better word than "failed" for how a model ended (a call that is not JSON). That
      // is not a fault.
      if (piece.fault && !sideFacts.fault) delete piece.fault
      else if (piece.fault && sideFacts.fault) piece.fault = sideFacts.fault
    }
    const last = pieces.at(-1)
    if (!last) return
    if (sideFacts.usage !== this.usage && sideFacts.usage) last.usage = this.usage = sideFacts.usage
    if (sideFacts.finish !== this.finish && sideFacts.finish) last.finish = this.finish = sideFacts.finish
    if (sideFacts.upstreamModel !== this.upstreamModel && sideFacts.upstreamModel !== undefined)
      last.upstreamModel = this.upstreamModel = sideFacts.upstreamModel
  }
}
