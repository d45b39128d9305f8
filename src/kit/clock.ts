// The clock interface. Only kit uses real time. Tests pass a fake clock (fake-clock.ts).

import type { StopSignal } from './stop.ts'

export interface Clock {
  /** Wall time, milliseconds since the epoch. May jump. Use it for records, windows and expiry only. */
  now(): number
  /** Milliseconds that only grow. Use it for intervals and time-outs. */
  monotonic(): number
  /**
   * Calls `run` once, after at least `delayMs` (resolution: about 10 ms). A second cancellation has no
   * effect.
   */
  after(delayMs: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

/** Resolves after `delayMs`, or early if the signal aborts. Never rejects. */
export function delay(clock: Clock, delayMs: number, signal?: StopSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const finish = () => {
      timer.cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = clock.after(delayMs, finish)
    signal?.addEventListener('abort', finish)
  })
}
