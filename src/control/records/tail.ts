// The live tail: records as they close, as server-sent events, pulled. A reader that is too slow loses the oldest
// records and gets their number.

import type { ExchangeRecord } from '../../contract/record.ts'
import type { Clock, Timer } from '../../kit/clock.ts'

const mostWaiting = 1_000
const heartbeatMs = 15_000

export interface TailOptions {
  /** Subscribes to every record that closes. Returns the function that ends the subscription. */
  subscribe: (receive: (record: ExchangeRecord) => void) => () => void
  accepts: (record: ExchangeRecord) => boolean
  clock: Clock
  /** Called once when the tail ends, for any reason. */
  ended: () => void
}

/** Ends when the reader cancels or `signal` aborts. */
export function streamTail(
  { subscribe, accepts, clock, ended }: TailOptions,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const waiting: ExchangeRecord[] = []
  let dropped = 0
  let wake: (() => void) | undefined
  let timer: Timer | undefined
  let isEnded = false

  const unsubscribe = subscribe((record) => {
    if (isEnded || !accepts(record)) return
    if (waiting.length >= mostWaiting) {
      waiting.shift()
      dropped += 1
    }
    waiting.push(record)
    wake?.()
  })

  function end() {
    if (isEnded) return
    isEnded = true
    unsubscribe()
    timer?.cancel()
    signal.removeEventListener('abort', end)
    waiting.length = 0
    wake?.()
    ended()
  }

  /** Resolves at the next record, the next heart-beat, or the end. */
  const news = () =>
    new Promise<void>((resolve) => {
      wake = () => {
        wake = undefined
        timer?.cancel()
        resolve()
      }
      timer = clock.after(heartbeatMs, wake)
    })

  function next(): string {
    const gap = dropped > 0 ? `event: dropped\ndata: {"count":${dropped}}\n\n` : ''
    dropped = 0
    const events = waiting.splice(0).map((record) => `event: record\ndata: ${JSON.stringify(record)}\n\n`)
    return gap + events.join('')
  }

  if (signal.aborted) end()
  else signal.addEventListener('abort', end)
  let isGreeted = false
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // The first comment shows the client, and proxies between, that the tail is open.
        if (!isGreeted) {
          isGreeted = true
          return controller.enqueue(encoder.encode(': open\n\n'))
        }
        if (waiting.length === 0 && !isEnded) await news()
        if (isEnded) return controller.close()
        controller.enqueue(encoder.encode(next() || ': alive\n\n'))
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
