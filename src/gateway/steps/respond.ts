// The step `respond`: the governed response. It pulls the provider's response through meter and window, and
// closes the exchange before its last byte leaves.
//
// Invariants: the exchange closes exactly once, whatever ends it first (end, error, client, signal); the
// record is journaled before the terminal event or the end goes out; one `next` at a time, even if the client
// leaves while one is pending.

import type { GatewayResponse } from '../../contract/gate.ts'
import { GatewayError, asGatewayError } from '../../contract/errors.ts'
import type { Outcome } from '../../contract/record.ts'
import type { AttemptResponse, ResponsePiece, UpstreamFault } from '../../contract/response.ts'
import type { Pull } from '../../kit/pull.ts'
import type { TargetAttempt } from './attempt.ts'
import type { Call } from '../call.ts'
import { closeExchange } from '../close.ts'
import { clientGone } from '../lifetime.ts'
import type { Parts } from '../parts.ts'
import type { Inspected } from './inspect.ts'
import type { Routed } from './route.ts'

/** @throws GatewayError if the call was stopped just before the response */
export function respond(
  parts: Parts,
  call: Call,
  inspected: Inspected,
  { depth }: Routed,
  answered: TargetAttempt,
): GatewayResponse {
  const { response } = answered
  try {
    if (!response) throw new GatewayError('internal', 'An attempt answered without a response.')
    call.lifetime.check()
    const metered = new MeteredResponse(response, answered)
    const source =
      depth === 'content' ? call.runtime.inspector.guardResponse(metered, inspected, call.draft) : metered
    return new GovernedResponse(parts, call, answered, response, metered, source)
  } catch (thrown) {
    answered.end({ outcome: call.lifetime.stopped ? 'canceled' : 'failed', error: asGatewayError(thrown) })
    void response?.cancel()
    throw thrown
  }
}

/**
 * Metered before the window, because the provider also bills output that the window holds back or refuses.
 */
class MeteredResponse implements Pull<ResponsePiece> {
  readonly #response: AttemptResponse
  readonly #attempt: TargetAttempt
  #given = 0

  constructor(response: AttemptResponse, attempt: TargetAttempt) {
    this.#response = response
    this.#attempt = attempt
  }

  next(): Promise<ResponsePiece | undefined> {
    const early = this.#attempt.ahead.pieces[this.#given]
    if (!early) return this.#read()
    this.#given += 1
    return Promise.resolve(early)
  }

  async #read(): Promise<ResponsePiece | undefined> {
    const { ahead, meter } = this.#attempt
    const reading = ahead.pending ?? this.#response.next()
    ahead.pending = undefined
    const piece = await reading
    if (piece) meter.note(piece)
    return piece
  }

  cancel(): Promise<void> {
    return this.#response.cancel()
  }
}

class GovernedResponse implements GatewayResponse {
  readonly exchange: string
  readonly status: number
  readonly headers: [string, string][]
  readonly isStream: boolean
  readonly #parts: Parts
  readonly #call: Call
  readonly #attempt: TargetAttempt
  readonly #response: AttemptResponse
  readonly #metered: MeteredResponse
  readonly #source: Pull<ResponsePiece>
  #isOver = false
  #isLeft = false
  #pending: Promise<ResponsePiece | undefined> | undefined
  #fault: UpstreamFault | undefined
  #stopping: Promise<GatewayError> | undefined

  constructor(
    parts: Parts,
    call: Call,
    attempt: TargetAttempt,
    response: AttemptResponse,
    metered: MeteredResponse,
    source: Pull<ResponsePiece>,
  ) {
    this.#parts = parts
    this.#call = call
    this.#attempt = attempt
    this.#response = response
    this.#metered = metered
    this.#source = source
    this.exchange = call.id
    this.status = response.status
    this.isStream = response.isStream
    this.headers = ourHeaders(call, attempt, response)
    const { draft, lifetime } = call
    draft.status = response.status
    draft.target = attempt.target.id
    draft.losses = response.losses
    draft.upstreamId = response.upstreamId
    draft.firstByteAt = parts.clock.monotonic()
    lifetime.handOver(() => this.cancel())
    lifetime.whenStopped = () => this.#stop()
    if (lifetime.isLeft) this.cancel()
  }

  async next(): Promise<Uint8Array | string | undefined> {
    const { lifetime, draft } = this.#call
    for (;;) {
      if (this.#stopping) throw await this.#stopping
      if (this.#isOver || this.#isLeft) return undefined
      if (lifetime.stopped) throw await this.#fail(lifetime.stopped)
      let piece: ResponsePiece | undefined
      try {
        this.#pending = this.#source.next()
        piece = await this.#pending
      } catch (thrown) {
        if (this.#isLeft) return undefined
        throw await this.#fail(thrown)
      } finally {
        this.#pending = undefined
      }
      // `cancel` handles the rest and ends the exchange.
      if (this.#isLeft) return undefined
      if (lifetime.stopped) throw await this.#fail(lifetime.stopped)
      if (!piece) {
        await this.#finishWell()
        return undefined
      }
      this.#fault ??= piece.fault
      if (piece.hasOutput) draft.firstTokenAt ??= this.#parts.clock.monotonic()
      draft.replyBytes += piece.bytes.length
      if (piece.isTerminal || !this.isStream) {
        await this.#finishWell()
        if (this.isStream) void this.#readTail()
      }
      if (piece.bytes.length > 0) return piece.bytes
    }
  }

  /**
   * Called for a connection that closed and for a stream that was canceled; a disconnect usually triggers
   * both, in any order.
   */
  cancel(): void {
    if (this.#isOver || this.#isLeft) return
    this.#isLeft = true
    const { lifetime } = this.#call
    const gone = clientGone()
    const isReadOn = lifetime.readOnMs > 0 && !lifetime.stopped
    if (isReadOn) lifetime.stopQuestions(gone)
    else lifetime.stop(gone)
    const ending = isReadOn ? this.#readOn(lifetime.readOnMs) : this.#response.cancel()
    // If a read fails (connection lost, timeout), the usage stays unknown.
    void ending.then(undefined, () => {}).then(() => this.#finish('canceled', gone))
  }

  /**
   * A client that does not read pulls nothing, so the call ends by itself; if the client reads on later, it
   * gets the error.
   */
  #stop(): void {
    const { stopped } = this.#call.lifetime
    if (stopped && !this.#pending && !this.#isOver && !this.#isLeft) this.#stopping = this.#fail(stopped)
  }

  async #finish(outcome: Outcome, error?: GatewayError): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    const { fault } = this.#response
    // An error response makes the attempt failed; a client that left before it makes the exchange canceled.
    const ended = fault && outcome !== 'canceled' ? 'failed' : outcome
    this.#attempt.end({
      outcome: fault ? 'failed' : attemptOutcome(outcome),
      ...(error ? { error } : {}),
      ...(this.#fault ? { fault: this.#fault } : {}),
    })
    await closeExchange(
      this.#parts,
      this.#call,
      ended,
      error ?? (fault ? upstreamError(this.status) : undefined),
    )
  }

  #finishWell(): Promise<void> {
    return this.#fault ? this.#finish('failed', upstreamError(this.#fault.status)) : this.#finish('ok')
  }

  /** @returns the error that the client gets */
  async #fail(thrown: unknown): Promise<GatewayError> {
    const error = this.#call.lifetime.stopped ?? asGatewayError(thrown)
    if (error.row.fault === 'upstream') this.#attempt.noteFailure()
    void this.#source.cancel()
    await this.#finish(
      error.code === 'client-gone' ? 'canceled' : error.row.fault === 'policy' ? 'refused' : 'failed',
      error,
    )
    return error
  }

  /**
   * Reads the rest after the terminal event, so that the connection can be reused. Nothing waits for it, and
   * a provider that does not end the response is abandoned.
   */
  async #readTail(): Promise<void> {
    const late = this.#parts.clock.after(longestTailMs, () => void this.#response.cancel())
    try {
      for (let piece = await this.#response.next(); piece; ) piece = await this.#response.next()
    } catch {
      await this.#response.cancel()
    } finally {
      late.cancel()
    }
  }

  /**
   * Under a hard budget the response is read on for its usage, because the alternative is to charge the
   * bound.
   */
  async #readOn(forMs: number): Promise<void> {
    const source = this.#source
    const deadline = this.#parts.clock.after(forMs, () => void source.cancel())
    try {
      await this.#pending
      for (let piece = await this.#metered.next(); piece; piece = await this.#metered.next())
        if (piece.isTerminal) break
    } finally {
      deadline.cancel()
      void source.cancel()
    }
  }
}

const longestTailMs = 1_000

const attemptOutcome = (outcome: Outcome) =>
  outcome === 'ok' ? 'ok' : outcome === 'canceled' ? 'canceled' : 'failed'

const upstreamError = (status: number) =>
  new GatewayError('upstream-error', `The provider answered with an error (${status}).`)

function ourHeaders(
  call: Call,
  { target }: TargetAttempt,
  { headers, losses }: AttemptResponse,
): [string, string][] {
  const sent: [string, string][] = []
  for (const [name, value] of headers) sent.push([name, value])
  sent.push(
    ['x-gatehouse-exchange', call.id],
    ['x-gatehouse-target', visible(target.id)],
    ['x-gatehouse-run', call.run],
  )
  let lost: string | undefined
  for (const { side, field } of losses)
    if (side === 'request') lost = lost === undefined ? field : `${lost}, ${field}`
  if (lost !== undefined) sent.push(['x-gatehouse-losses', lost])
  return sent
}

/**
 * Callers name targets on demand, in any script: characters that a header cannot contain are percent-encoded.
 */
const visible = (name: string) =>
  /^[\x21-\x7e]+$/.test(name) ? name : name.toWellFormed().replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent)
