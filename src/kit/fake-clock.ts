// A clock that tests advance manually.

import type { Clock } from './clock.ts'

export interface FakeClock extends Clock {
  /** Advances both clocks and runs due timers, in order of due time. */
  advance(ms: number): void
  /** Moves the wall clock without the monotonic one. */
  jump(ms: number): void
}

export function createFakeClock(startMs = Date.UTC(2026, 10, 23, 12)): FakeClock {
  let wall = startMs
  let monotonic = 0
  let order = 0
  let waiting: { due: number; order: number; run: () => void }[] = []
  return {
    now: () => wall,
    monotonic: () => monotonic,
    after(delayMs, run) {
      const entry = { due: monotonic + Math.max(0, delayMs), order: order++, run }
      waiting.push(entry)
      return { cancel: () => void (waiting = waiting.filter((other) => other !== entry)) }
    },
    advance(ms) {
      const until = monotonic + ms
      for (;;) {
        const next = waiting
          .filter((entry) => entry.due <= until)
          .sort((a, b) => a.due - b.due || a.order - b.order)[0]
        if (!next) break
        waiting = waiting.filter((entry) => entry !== next)
        wall += next.due - monotonic
        monotonic = next.due
        next.run()
      }
      wall += until - monotonic
      monotonic = until
    },
    jump: (ms) => void (wall += ms),
  }
}
