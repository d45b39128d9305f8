// One attempt at one target, from the reservation to its cost.
//
//   entered ─reserve→ reserved ─send→ sent ─→ shown ─┐
//      └───────────────┴───────────────┴─────────────┴─ end → settled
// However it ends, `end` settles its money, counts it out at its target and completes its line in the record,
// once.

import type { Attempt } from '../../contract/attempt.ts'
import { type ErrorCode, GatewayError, asGatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { AttemptResponse, UpstreamFault } from '../../contract/response.ts'
import type { TargetRule } from '../../contract/snapshot.ts'
import type { Demand } from '../../contract/usage.ts'
import { Stop, type StopSignal } from '../../kit/stop.ts'
import type { Reservation } from '../admit/index.ts'
import type { Call } from '../call.ts'
import { isClient } from '../client-target.ts'
import { openEntry } from '../draft.ts'
import { removeOwnKeys } from '../identify/own-keys.ts'
import { noteFinding, notePolicy } from '../inspect/notes.ts'
import type { Parts } from '../parts.ts'
import { type TargetHealth, createTargetHealth } from '../route/index.ts'
import { faultError, learn } from './learn.ts'
import { Meter } from './meter.ts'
import { type Ahead, readAhead } from './read-ahead.ts'
import { type AttemptEnd, settleAttempt } from './settle.ts'
import { type Verdict, judgeError, judgeFault } from './verdict.ts'

/** What a failed attempt means for later ones. */
export interface Failure {
  verdict: Verdict
  error: GatewayError
}

/** The facts that all attempts of a call share. */
export interface AttemptSettings {
  /** As inspected: a fallback must not leak text that a guard removed. */
  operation: Operation
  depth: Attempt['depth']
}

/** The operation gets the same object: one object per attempt. */
export class TargetAttempt implements Attempt {
  state: 'entered' | 'reserved' | 'sent' | 'shown' | 'settled' = 'entered'
  readonly target: TargetRule
  /** 1 for the first of the call. */
  readonly number: number
  readonly meter = new Meter()
  /** Pieces that were read while a fallback was still possible; they come before the rest of `response`. */
  readonly ahead: Ahead = { pieces: [], pending: undefined }
  /** The provider's response, its error response included. */
  response: AttemptResponse | undefined
  /** Set when it failed. */
  failure: Failure | undefined
  /** The error that the provider reported instead of output, or after it. */
  fault: UpstreamFault | undefined
  /** May the first byte of the request have left? Stays true when the attempt is settled. */
  wasSent = false
  readonly #parts: Parts
  readonly #call: Call
  readonly #settings: AttemptSettings
  readonly exchange: string
  readonly depth: Attempt['depth']
  readonly timeouts: Attempt['timeouts']
  readonly callerHeaders: Headers
  readonly subject: Attempt['subject']
  signal: StopSignal = noSignal
  readonly #health: TargetHealth
  readonly #isCallersKey: boolean
  readonly #leave: () => void
  #demand: Demand | undefined
  #reservation: Reservation | undefined
  #startedAt = 0
  #failedAt: number | undefined

  /** @param leave counts the attempt out at its target; it was counted in when it was admitted. Idempotent */
  constructor(
    parts: Parts,
    call: Call,
    settings: AttemptSettings,
    place: { target: TargetRule; number: number; leave: () => void },
  ) {
    this.#parts = parts
    this.#call = call
    this.#settings = settings
    this.target = place.target
    this.number = place.number
    this.#leave = place.leave
    this.#health = isClient(place.target) ? createTargetHealth() : parts.health.of(place.target.id)
    const destination = call.runtime.destination(place.target.provider)
    this.#isCallersKey = destination?.credential.kind === 'caller'
    this.exchange = call.id
    this.depth = settings.depth
    this.timeouts = destination?.timeouts ?? noTimeouts
    this.subject = call.caller.subject
    this.callerHeaders = this.#isCallersKey
      ? removeOwnKeys(parts.directory, call.caller.presented, call.opening.headers)
      : call.opening.headers
  }

  get outputCap(): number | undefined {
    return this.#reservation?.outputCap
  }

  mayRepeat(): boolean {
    return this.#settings.operation.repeat !== 'unsent'
  }

  /** Bound, because operations may take it out of the attempt. */
  readonly onSent = (): void => {
    this.wasSent = true
    this.state = 'sent'
  }

  /** The provider sent our credential back. It was not forwarded, but the operator should know. */
  onEcho(): void {
    const { draft } = this.#call
    const { provider } = this.target
    noteFinding(draft, 'response', `credential/${provider}`)
    notePolicy(draft, provider, 'flag')
  }

  /**
   * Reserves the worst case and writes it to the journal.
   * @returns the refusal of a hard budget that may not apply at another target; nothing was sent then
   * @throws GatewayError a refusal that applies to every target
   */
  async reserve(): Promise<GatewayError | undefined> {
    const { admission, clock, recorder } = this.#parts
    const call = this.#call
    try {
      call.lifetime.check()
      if (!call.ticket) throw new GatewayError('internal', 'An attempt began before the call was admitted.')
      this.#demand = this.#settings.operation.demand(this.target.id)
      const reserving = admission.reserve(call.ticket, {
        target: this.target,
        demand: this.#demand,
        at: call.draft.at,
      })
      this.#reservation = reserving instanceof Promise ? await reserving : reserving
    } catch (thrown) {
      this.#withdraw()
      if (thrown instanceof GatewayError && tooExpensive.has(thrown.code)) return thrown
      throw thrown
    }
    this.state = 'reserved'
    this.#startedAt = clock.monotonic()
    try {
      const { number, target } = this
      if (call.permit) await call.permit.take(this.#settings.operation, target.id)
      await recorder.journal.open(
        openEntry(call.draft, { number, at: clock.now(), target: target.id, reservation: this.#reservation }),
      )
      call.lifetime.check()
      return undefined
    } catch (thrown) {
      this.#health.breaker.endProbe()
      this.end({ outcome: 'not-sent', error: asGatewayError(thrown) })
      throw thrown
    }
  }

  /**
   * Sends the request and reads up to the first output.
   * @param hasNext may another attempt follow if this one fails?
   * @returns why it failed; undefined: its response is to be shown
   */
  async send(hasNext: boolean): Promise<Failure | undefined> {
    const { clock } = this.#parts
    const { draft, ticket, lifetime, runtime } = this.#call
    draft.gateDoneAt ??= clock.monotonic()
    // A canceled call would be charged at its bound, which is often many times the real cost.
    if (ticket?.isHard) lifetime.readOnMs = runtime.snapshot.drainOnClientGoneMs
    this.signal = lifetime.begin()
    try {
      const response = await this.#settings.operation.attempt(this)
      this.response = response
      const fault = response.fault ?? (await readAhead(response, this.ahead, this.meter, clock, hasNext))
      if (fault) return this.#failOn(fault)
      this.#health.breaker.noteSuccess(clock.monotonic())
      this.#health.lastSuccessAt = clock.now()
      if (!response.isStream || this.ahead.pieces.at(-1)?.hasOutput)
        this.#health.latency.note(response.isStream, clock.monotonic() - this.#startedAt)
      this.state = 'shown'
      return undefined
    } catch (thrown) {
      return await this.#failWith(thrown)
    }
  }

  /** Ends it. Idempotent. */
  end(how: AttemptEnd): void {
    if (this.state === 'settled') return
    if (how.fault && !this.fault) {
      this.fault = how.fault
      this.#learn(
        judgeFault(how.fault),
        faultError(this.target, how.fault, this.#isCallersKey),
        how.fault.status,
      )
    }
    this.state = 'settled'
    this.#leave()
    const { target, number, wasSent, meter, fault } = this
    const [reservation, demand] = [this.#reservation, this.#demand]
    if (!reservation || !demand) return
    const endedAt = this.#failedAt ?? this.#parts.clock.monotonic()
    settleAttempt(this.#parts, this.#call, {
      target,
      number,
      startedAt: this.#startedAt,
      endedAt,
      wasSent,
      reservation,
      meter,
      demand,
      end: how,
      fault,
    })
  }

  /** The response failed after it was shown. */
  noteFailure(): void {
    this.#health.breaker.noteFailure(this.#parts.clock.monotonic())
  }

  /** Releases an error response that no caller will see. */
  async discard(): Promise<void> {
    if (this.state === 'settled') return
    this.end({ outcome: 'failed', ...(this.failure && { error: this.failure.error }) })
    await this.response?.cancel()
  }

  /** Nothing was reserved. The breaker may have let this attempt through as its only probe. */
  #withdraw(): void {
    this.state = 'settled'
    this.#health.breaker.endProbe()
    this.#leave()
  }

  /** The attempt is over, although its response is kept in case no other attempt succeeds. */
  #failOn(fault: UpstreamFault): Failure {
    this.fault = fault
    this.#failedAt = this.#parts.clock.monotonic()
    this.#leave()
    this.failure = {
      verdict: judgeFault(fault),
      error: faultError(this.target, fault, this.#isCallersKey),
    }
    this.#learn(this.failure.verdict, this.failure.error, fault.status)
    return this.failure
  }

  async #failWith(thrown: unknown): Promise<Failure> {
    const { stopped } = this.#call.lifetime
    const error = stopped ?? asGatewayError(thrown)
    this.failure = { verdict: judgeError(error), error }
    if (stopped) this.#health.breaker.endProbe()
    else this.#learn(this.failure.verdict, error)
    // With `upstream-unreachable` there was no connection, so nothing was sent.
    if (error.code === 'upstream-unreachable') this.wasSent = false
    this.end({ outcome: stopped ? 'canceled' : this.wasSent ? 'failed' : 'not-sent', error })
    await this.response?.cancel()
    this.response = undefined
    return this.failure
  }

  #learn(verdict: Verdict, error: GatewayError, status?: number): void {
    learn(this.#parts.clock, this.#health, { verdict, error, status, isCallersKey: this.#isCallersKey })
  }
}

/** Another target may cost less, or have a bound or a price. Another destination has its own limits. */
const tooExpensive: ReadonlySet<ErrorCode> = new Set([
  'budget-exhausted',
  'unbounded-cost',
  'unpriced',
  'too-many-values',
  'rate-limited',
  'too-many-concurrent',
])

const noSignal: StopSignal = new Stop()
const noTimeouts = { connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 }
