// A response that arrives over time, as from a network, with the time limits of a caller. It is pulled: all
// chunks that are due are delivered together.

import type { StopSignal } from '../../../../kit/stop.ts'
import { GatewayError } from '../../../../contract/errors.ts'
import type { Timeouts } from '../../../../contract/snapshot.ts'
import type { ByteSource } from '../../../../contract/upstream.ts'
import { type Clock, delay } from '../../../../kit/clock.ts'
import { broken } from './response.ts'

/** A chunk of a stream and the tokens that were needed to create it. Several choices alternate. */
export interface Chunk {
  text: string
  tokens: number
}

/** Milliseconds. */
export interface Pace {
  first: number
  perToken: number
}

export interface Pacing {
  clock: Clock
  pace: Pace
  timeouts: Timeouts
  signal: StopSignal
  /** When the request was sent, on the monotonic clock. */
  sentAt: number
}

/**
 * Delivers each chunk when its tokens are ready. With `cutAfter`, the connection breaks after that many
 * chunks.
 */
export function pacedBody(
  chunks: Iterator<Chunk>,
  pacing: Pacing,
  cutAfter = Number.POSITIVE_INFINITY,
): ByteSource {
  const { clock, pace, sentAt } = pacing
  const encoder = new TextEncoder()
  let due = sentAt + pace.first
  let waiting = chunks.next()
  let count = 0
  const canceled = new AbortController()

  async function next(): Promise<Uint8Array | undefined> {
    if (canceled.signal.aborted || waiting.done) return undefined
    if (count >= cutAfter) throw broken()
    await waitUntil(due, pacing, count === 0, canceled.signal)
    if (canceled.signal.aborted) return undefined
    let text = ''
    do {
      text += waiting.value.text
      count += 1
      waiting = chunks.next()
      if (!waiting.done) due += waiting.value.tokens * pace.perToken
    } while (!waiting.done && count < cutAfter && due <= clock.monotonic() && text.length < largestPiece)
    return encoder.encode(text)
  }

  return {
    next,
    cancel: async () => {
      canceled.abort()
      chunks.return?.()
    },
  }
}

const largestPiece = 16 * 1024

/**
 * Waits for a time on the monotonic clock, unless one of the caller's time limits expires first.
 * @throws GatewayError `upstream-timeout`; `upstream-cut` when the caller's signal aborts
 */
export async function waitUntil(
  due: number,
  { clock, timeouts, signal, sentAt }: Pacing,
  isFirst: boolean,
  canceled?: StopSignal,
): Promise<void> {
  const now = clock.monotonic()
  const limits = [
    isFirst ? clockOf('first token', timeouts.firstTokenMs, sentAt) : clockOf('idle', timeouts.idleMs, now),
    clockOf('total', timeouts.totalMs, sentAt),
  ]
  const [soonest] = limits.filter((limit) => limit !== undefined).sort((a, b) => a.at - b.at)
  const until = soonest && soonest.at < due ? soonest.at : due
  if (until > now) await delayed(clock, until - now, signal, canceled)
  if (canceled?.aborted) return
  if (signal.aborted) throw new GatewayError('upstream-cut', 'the call was stopped')
  if (soonest && soonest.at < due)
    throw new GatewayError(
      'upstream-timeout',
      `the demo provider did not respond within the ${soonest.name} timeout of ${soonest.ms} ms`,
    )
}

const clockOf = (name: string, ms: number, from: number) => (ms > 0 ? { name, ms, at: from + ms } : undefined)

/** Ends early when either signal aborts. No timer remains. */
async function delayed(
  clock: Clock,
  ms: number,
  signal: StopSignal,
  canceled: StopSignal | undefined,
): Promise<void> {
  if (!canceled) return delay(clock, ms, signal)
  const either = new AbortController()
  const stop = () => either.abort()
  signal.addEventListener('abort', stop)
  canceled.addEventListener('abort', stop)
  if (signal.aborted || canceled.aborted) stop()
  await delay(clock, ms, either.signal)
  signal.removeEventListener('abort', stop)
  canceled.removeEventListener('abort', stop)
}
