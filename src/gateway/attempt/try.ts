// One try at one target, from the reservation to the first output; what it cost is settled here when it fails.

import { type ErrorCode, GatewayError, asGatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { TargetRule } from '../../contract/snapshot.ts'
import type { Reply, UpstreamFault } from '../../contract/response.ts'
import type { Demand } from '../../contract/usage.ts'
import type { Reservation } from '../admit/index.ts'
import { openEntry } from '../draft.ts'
import { withoutOwnKeys } from '../identify/own-keys.ts'
import { noteFinding, notePolicy } from '../inspect/notes.ts'
import type { Live } from '../live.ts'
import type { Parts } from '../parts.ts'
import { type Meter, meter } from './meter.ts'
import { type Ahead, readAhead } from './read-ahead.ts'
import { type AttemptEnd, settleAttempt } from './settle.ts'
import { faultError, learner } from './learn.ts'
import { type Verdict, verdictOnError, verdictOnFault } from './verdict.ts'

/** A try whose answer goes to the client: its first pieces are read, the rest is pulled through `reply`. */
export interface Answered {
  kind: 'answered'
  target: TargetRule
  reply: Reply
  /** Read while a fallback was still possible; comes before what `reply` has yet to give. */
  ahead: Ahead
  meter: Meter
  /** Ends the try: settles its money, tells the breaker, completes its line on the record. Idempotent. */
  finish(end: AttemptEnd): void
}

export interface Failed {
  kind: 'failed'
  verdict: Verdict
  error: GatewayError
  /** The provider's error answer, still unread. */
  answer?: Answered
  /** Its first byte may have left. */
  wasSent: boolean
  /** Lets go of the answer. */
  discard(): Promise<void>
}

/** A hard budget does not cover what the target may cost: nothing was sent. */
export interface Unaffordable {
  kind: 'unaffordable'
  error: GatewayError
}

export interface Try {
  /** As inspected. */
  operation: Operation
  target: TargetRule
  /** 1 for the first of the call. */
  number: number
  depth: 'content' | 'meter'
  /** May another try follow if this one fails? */
  hasNext: boolean
  /** Counts the try out at its target; it was counted in when it was let through. Idempotent. */
  leave(): void
}

export async function tryOnce(
  parts: Parts,
  live: Live,
  { operation, target, number, depth, hasNext, leave }: Try,
): Promise<Answered | Failed | Unaffordable> {
  const { clock } = parts
  const provider = live.runtime.provider(target.provider)
  const isCallersKey = provider?.credential.kind === 'caller'
  const health = parts.health.of(target.id)
  const learn = learner(parts, target, isCallersKey)
  let demand: Demand
  let reservation: Reservation
  try {
    live.check()
    if (!live.ticket) throw new GatewayError('internal', 'An attempt began before the call was admitted.')
    demand = operation.demand(target.id)
    const reserving = parts.admission.reserve(live.ticket, { target, demand, at: live.draft.at })
    reservation = reserving instanceof Promise ? await reserving : reserving
  } catch (thrown) {
    // The breaker may have let this try through as its only probe.
    health.breaker.untold()
    leave()
    if (thrown instanceof GatewayError && tooDear.has(thrown.code)) return { kind: 'unaffordable', error: thrown }
    throw thrown
  }

  const startedAt = clock.monotonic()
  const tap = meter()
  let wasSent = false
  let isFinished = false
  let failedAt: number | undefined

  const finish = (end: AttemptEnd, fault?: UpstreamFault) => {
    if (isFinished) return
    isFinished = true
    leave()
    const endedAt = failedAt ?? clock.monotonic()
    settleAttempt(parts, live, { target, number, startedAt, endedAt, wasSent, reservation, meter: tap, demand, end, ...(fault ? { fault } : {}) })
  }

  try {
    await parts.recorder.journal.open(openEntry(live.draft, { number, at: clock.now(), target: target.id, reservation }))
    live.check()
  } catch (thrown) {
    health.breaker.untold()
    finish({ outcome: 'not-sent', error: asGatewayError(thrown) })
    throw thrown
  }

  live.draft.gateDoneAt ??= clock.monotonic()
  const abort = live.abort()
  let reply: Reply | undefined
  try {
    reply = await operation.attempt({
      exchange: live.exchange,
      number,
      target,
      depth,
      signal: abort.signal,
      abort: (reason) => abort.abort(reason),
      timeouts: provider?.timeouts ?? noTimeouts,
      ...(reservation.outputCap === undefined ? {} : { outputCap: reservation.outputCap }),
      callerHeaders: isCallersKey ? withoutOwnKeys(parts.directory, live.about.caller.presented, live.about.call.headers) : live.about.call.headers,
      subject: live.about.caller.subject,
      mayRepeat: () => operation.repeat !== 'unsent',
      onSent: () => {
        wasSent = true
      },
      onEcho: () => noteEcho(live, target.provider),
    })
    const answered: Answered = {
      kind: 'answered',
      target,
      reply,
      ahead: { pieces: [], pending: undefined },
      meter: tap,
      finish: (end) => finishShown(end, reply?.fault),
    }
    if (reply.fault) return failedWithAnswer(answered, reply, reply.fault)
    const fault = await readAhead(reply, answered.ahead, tap, clock, hasNext)
    if (!fault) {
      health.breaker.succeeded(clock.monotonic())
      health.lastSuccessAt = clock.now()
      return answered
    }
    return failedWithAnswer({ ...answered, finish: (end) => finish(end, fault) }, reply, fault)
  } catch (thrown) {
    const stopped = live.stopped
    const error = stopped ?? asGatewayError(thrown)
    if (stopped) health.breaker.untold()
    else learn(verdictOnError(error), error)
    // `upstream-unreachable` says that no connection came about: nothing was sent, whatever we were about to send.
    if (error.code === 'upstream-unreachable') wasSent = false
    finish({ outcome: stopped ? 'canceled' : wasSent ? 'failed' : 'not-sent', error })
    await reply?.cancel()
    return { kind: 'failed', verdict: verdictOnError(error), error, wasSent, discard: async () => {} }
  }

  function finishShown(end: AttemptEnd, fault: UpstreamFault | undefined) {
    if (end.fault && !isFinished) learn(verdictOnFault(end.fault), faultError(target, end.fault, isCallersKey), end.fault.status)
    finish(end, fault ?? end.fault)
  }

  function failedWithAnswer(answered: Answered, failing: Reply, fault: UpstreamFault): Failed {
    // It is over, although its answer is kept in case that nobody gives a better one.
    failedAt = clock.monotonic()
    leave()
    const verdict = verdictOnFault(fault)
    const error = faultError(target, fault, isCallersKey)
    learn(verdict, error, fault.status)
    return {
      kind: 'failed',
      verdict,
      error,
      wasSent,
      answer: answered,
      async discard() {
        answered.finish({ outcome: 'failed', error })
        await failing.cancel()
      },
    }
  }
}

/** The provider sent our credential back. It went no further, but the operator should know. */
function noteEcho({ draft }: Live, provider: string): void {
  noteFinding(draft, 'response', `credential/${provider}`)
  notePolicy(draft, provider, 'flag')
}

/** At another target the same call may cost less, or have a bound or a price. */
const tooDear: ReadonlySet<ErrorCode> = new Set(['budget-exhausted', 'unbounded-cost', 'unpriced'])

const noTimeouts = { connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 }
