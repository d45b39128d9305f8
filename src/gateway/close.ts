// Ends an exchange: releases its slots, seals the record and journals it.

import type { GatewayError } from '../contract/errors.ts'
import type { Outcome } from '../contract/record.ts'
import type { Permit } from './approve/permit.ts'
import type { Call } from './call.ts'
import { seal } from './draft.ts'
import type { Parts } from './parts.ts'

/**
 * An approval without a sent attempt can serve another call; a client that repeats its call at once must find
 * it.
 */
async function giveBack({ log }: Parts, permit: Permit, { draft, id }: Call): Promise<void> {
  try {
    await permit.close(draft.attempts.some(({ outcome }) => outcome !== 'not-sent'))
  } catch (thrown) {
    log.warn('an approval could not be given back: it counts as used', { exchange: id }, thrown)
  }
}

/**
 * Resolves when the record is in the journal. Never rejects: a failing journal affects /readyz, not this
 * response.
 */
export async function closeExchange(
  parts: Parts,
  call: Call,
  outcome: Outcome,
  error: GatewayError | undefined,
): Promise<void> {
  if (!call.lifetime.close()) return
  if (call.ticket) parts.admission.release(call.ticket)
  call.opening.place?.leave()
  if (call.permit) await giveBack(parts, call.permit, call)
  const record = seal(call.draft, outcome, error, parts.clock.monotonic())
  parts.running.leave(call)
  if (call.ticket) parts.runs.end(call.run, record, parts.clock.now())
  if (error?.code === 'internal')
    parts.log.error('an exchange failed inside of Gatehouse', { exchange: call.id }, error.cause ?? error)
  parts.metrics.count(record)
  try {
    await parts.recorder.close(record)
  } catch (thrown) {
    parts.log.error('a record could not be journaled', { exchange: call.id }, thrown)
  }
}
