// The end of every exchange: slots are given back, the record is sealed and journaled.

import type { GatewayError } from '../contract/errors.ts'
import type { Outcome } from '../contract/record.ts'
import { seal } from './draft.ts'
import type { Live } from './live.ts'
import type { Parts } from './parts.ts'

/** Resolves when the record is in the journal. Never rejects: a journal in trouble is for /readyz, not for the answer in hand. */
export async function closeExchange(parts: Parts, live: Live, outcome: Outcome, error: GatewayError | undefined): Promise<void> {
  if (live.isClosed) return
  live.isClosed = true
  live.detach()
  if (live.ticket) parts.admission.release(live.ticket)
  live.about.call.place?.leave()
  const record = seal(live.draft, outcome, error, parts.clock.monotonic())
  parts.running.leave(live)
  if (error?.code === 'internal') parts.log.error('an exchange failed inside of Gatehouse', { exchange: live.exchange }, error.cause ?? error)
  parts.metrics.count(record)
  try {
    await parts.recorder.close(record)
  } catch (thrown) {
    parts.log.error('a record could not be journaled', { exchange: live.exchange }, thrown)
  }
}
