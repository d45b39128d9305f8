// Waits for a shared result (a name, a token) for one call, no longer than the call's own time-out and life.

import type { StopSignal } from '../kit/stop.ts'
import type { GatewayError } from '../contract/errors.ts'
import type { Clock } from '../kit/clock.ts'
import { stopped } from './stopped.ts'

/**
 * Rejects with `late()` after `ms` (0: never), or with the error of `stopped` when the signal aborts. The shared
 * work itself continues.
 */
export function waitForShared<Value>(
  shared: Promise<Value>,
  clock: Clock,
  ms: number,
  signal: StopSignal,
  late: () => GatewayError,
): Promise<Value> {
  if (signal.aborted) {
    shared.catch(() => {})
    return Promise.reject(stopped(signal))
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => finish(() => reject(stopped(signal)))
    const timer = ms > 0 ? clock.after(ms, () => finish(() => reject(late()))) : undefined
    const finish = (settle: () => void) => {
      timer?.cancel()
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    signal.addEventListener('abort', onAbort)
    shared.then(
      (value) => finish(() => resolve(value)),
      (error: unknown) => finish(() => reject(error)),
    )
  })
}
