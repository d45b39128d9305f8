// Reads a stream up to its first output, so that another target can still replace an earlier failure. The
// held pieces are limited in time and in bytes.

import type { AttemptResponse, ResponsePiece, UpstreamFault } from '../../contract/response.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Meter } from './meter.ts'

// A stream that sends only keep-alives is shown to the client after this time, although a fallback is then no
// longer possible. Otherwise proxies on the client's side would close a silent connection.
const longestHeldMs = 2_000
const mostHeldBytes = 128 * 1024

/** The pieces of a response that were read before it was shown, in order. */
export interface Ahead {
  readonly pieces: ResponsePiece[]
  /** The read that was pending when the time was up; its piece comes next. */
  pending: Promise<ResponsePiece | undefined> | undefined
}

/**
 * @param hasNext may another try follow? If not, the first piece is shown at once
 * @returns the fault that arrived instead of output
 */
export async function readAhead(
  reply: AttemptResponse,
  ahead: Ahead,
  meter: Meter,
  clock: Clock,
  hasNext: boolean,
): Promise<UpstreamFault | undefined> {
  let heldBytes = 0
  let late: ReturnType<typeof timeIsUp> | undefined
  try {
    for (;;) {
      const reading = reply.next()
      const piece = late ? await Promise.race([reading, late.promise]) : await reading
      if (piece === isLate) {
        // The next pull gets this piece, or its rejection.
        reading.catch(() => {})
        ahead.pending = reading
        return undefined
      }
      if (!piece) return undefined
      meter.note(piece)
      ahead.pieces.push(piece)
      heldBytes += piece.bytes.length
      if (piece.fault) return piece.fault
      if (piece.hasOutput || piece.asksClient || piece.isTerminal || !reply.isStream) return undefined
      if (!hasNext || heldBytes > mostHeldBytes) return undefined
      late ??= timeIsUp(clock)
    }
  } finally {
    late?.cancel()
  }
}

const isLate = Symbol('late')

function timeIsUp(clock: Clock) {
  let timer: { cancel(): void } | undefined
  const promise = new Promise<typeof isLate>((resolve) => {
    timer = clock.after(longestHeldMs, () => resolve(isLate))
  })
  return { promise, cancel: () => timer?.cancel() }
}
