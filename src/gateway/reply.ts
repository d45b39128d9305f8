// The governed answer: pulls the reply through meter and window, and closes the exchange before its last byte leaves.
//
// Invariants: the exchange closes exactly once, whatever ends it first (end, error, client, signal); the record is journaled before the
// terminal event or the end goes out; one `next` at a time, also when the client leaves while one is pending.

import { GatewayError, asGatewayError } from '../contract/errors.ts'
import type { Outcome } from '../contract/record.ts'
import type { Governed } from '../contract/door.ts'
import type { ReplyPiece, UpstreamFault } from '../contract/response.ts'
import type { Answered } from './attempt/index.ts'
import { closeExchange } from './close.ts'
import type { Inspected } from './exchange.ts'
import { clientGone as clientLeft, type Live } from './live.ts'
import type { Parts } from './parts.ts'

export function governed(parts: Parts, live: Live, inspected: Inspected, answered: Answered): Governed {
  const { clock } = parts
  const { draft } = live
  const { reply, meter } = answered
  let isOver = false
  let isLeft = false
  let pending: Promise<ReplyPiece | undefined> | undefined
  let midFault: UpstreamFault | undefined
  let stopping: Promise<GatewayError> | undefined

  draft.status = reply.status
  draft.target = answered.target.id
  draft.losses = reply.losses
  draft.upstreamId = reply.upstreamId
  draft.firstByteAt = clock.monotonic()

  // Metered before the window: what the window holds back or refuses has been billed all the same.
  const { ahead } = answered
  let given = 0
  const metered = {
    ...reply,
    async next() {
      const early = ahead.pieces[given]
      if (early) {
        given += 1
        return early
      }
      const reading = ahead.pending ?? reply.next()
      ahead.pending = undefined
      const piece = await reading
      if (piece) meter.note(piece)
      return piece
    },
    cancel: () => reply.cancel(),
  }
  const inspector = live.runtime.inspector
  const source = inspector.needsReply(inspected.operation) || inspected.vault.size > 0 ? inspector.guardReply(metered, inspected, draft) : metered

  async function finish(outcome: Outcome, error?: GatewayError) {
    if (isOver) return
    isOver = true
    // An error answer makes a failed attempt; that nobody stayed to hear it makes a canceled exchange.
    const ended = reply.fault && outcome !== 'canceled' ? 'failed' : outcome
    answered.finish({
      outcome: reply.fault ? 'failed' : attemptOutcome(outcome),
      ...(error ? { error } : {}),
      ...(midFault ? { fault: midFault } : {}),
    })
    await closeExchange(parts, live, ended, error ?? (reply.fault ? upstreamError(reply.status) : undefined))
  }

  const finishWell = () => (midFault ? finish('failed', upstreamError(midFault.status)) : finish('ok'))

  async function end(thrown: unknown): Promise<GatewayError> {
    const error = live.stopped ?? asGatewayError(thrown)
    if (error.row.fault === 'upstream') parts.health.of(answered.target.id).breaker.failed(clock.monotonic())
    void source.cancel()
    await finish(error.code === 'client-gone' ? 'canceled' : error.row.fault === 'policy' ? 'refused' : 'failed', error)
    return error
  }

  async function fail(thrown: unknown): Promise<never> {
    throw await end(thrown)
  }

  /** A client that does not read pulls nothing, so the call has to end by itself; if the client ever reads on, it is told. */
  function stopped() {
    if (!pending && !isOver && !isLeft) stopping = end(live.stopped)
  }

  async function next(): Promise<Uint8Array | string | undefined> {
    for (;;) {
      if (stopping) throw await stopping
      if (isOver || isLeft) return undefined
      if (live.stopped) return fail(live.stopped)
      let piece: ReplyPiece | undefined
      try {
        pending = source.next()
        piece = await pending
      } catch (thrown) {
        if (isLeft) return undefined
        return fail(thrown)
      } finally {
        pending = undefined
      }
      // What follows belongs to `leave`, which ends the exchange.
      if (isLeft) return undefined
      if (live.stopped) return fail(live.stopped)
      if (!piece) {
        await finishWell()
        return undefined
      }
      midFault ??= piece.fault
      if (piece.hasOutput) draft.firstTokenAt ??= clock.monotonic()
      draft.replyBytes += piece.bytes.length
      if (piece.isTerminal || !reply.isStream) {
        await finishWell()
        if (reply.isStream) void readTail()
      }
      if (piece.bytes.length > 0) return piece.bytes
    }
  }

  /** Reads the end behind the terminal event, so that the connection can serve again. Nobody waits for it, and a provider that does not end is left. */
  async function readTail() {
    const late = clock.after(longestTailMs, () => void reply.cancel())
    try {
      for (let piece = await reply.next(); piece; ) piece = await reply.next()
    } catch {
      await reply.cancel()
    } finally {
      late.cancel()
    }
  }

  /** Under a hard budget the answer is read on for its usage, because the alternative is to charge the bound. */
  async function drain() {
    const deadline = clock.after(live.runtime.snapshot.drainOnClientGoneMs, () => void source.cancel())
    try {
      await pending
      for (let piece = await metered.next(); piece; piece = await metered.next()) if (piece.isTerminal) break
    } finally {
      deadline.cancel()
      void source.cancel()
    }
  }

  /** Called for a connection that closed and for a stream that was canceled; of one departure mostly both are told, in any order. */
  function leave() {
    if (isOver || isLeft) return
    isLeft = true
    const gone = clientLeft()
    const isDrained = live.ticket?.isHard === true && live.runtime.snapshot.drainOnClientGoneMs > 0 && !live.stopped
    if (!isDrained) live.stop(gone)
    const ending = isDrained ? drain() : reply.cancel()
    // What the drain throws (a cut, a time-out) only means that the usage stays unknown.
    void ending.then(undefined, () => {}).then(() => finish('canceled', gone))
  }

  live.handOver(leave)
  live.whenStopped = stopped
  if (live.isLeft) leave()

  return { exchange: live.exchange, status: reply.status, headers: ourHeaders(live, answered), isStream: reply.isStream, next, cancel: leave }
}

const longestTailMs = 1_000

const attemptOutcome = (outcome: Outcome) => (outcome === 'ok' ? 'ok' : outcome === 'canceled' ? 'canceled' : 'failed')

const upstreamError = (status: number) => new GatewayError('upstream-error', `The provider answered with an error (${status}).`)

function ourHeaders(live: Live, answered: Answered): [string, string][] {
  const headers: [string, string][] = []
  for (const [name, value] of answered.reply.headers) headers.push([name, value])
  headers.push(['x-gatehouse-exchange', live.exchange], ['x-gatehouse-target', visible(answered.target.id)], ['x-gatehouse-run', live.run])
  const losses = answered.reply.losses.filter((loss) => loss.side === 'request')
  if (losses.length > 0) headers.push(['x-gatehouse-losses', losses.map((loss) => loss.field).join(', ')])
  return headers
}

/** Callers name targets on demand, in any script: what no header can carry is percent-encoded. */
const visible = (name: string) => name.toWellFormed().replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent)
