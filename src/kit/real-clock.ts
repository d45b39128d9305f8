// The real clock. One sweep serves every time-out of every call: two setTimeouts a call cost twenty times
// what a list entry does.

import type { Clock, Timer } from './clock.ts'

const sweepEveryMs = 10

interface Entry extends Timer {
  due: number
  run: (() => void) | undefined
}

/** Entries lie in buckets of one sweep each, so that a sweep looks only at what is due. */
export function createRealClock(): Clock {
  const buckets = new Map<number, Set<Entry>>()
  let swept = slot(performance.now())
  let sweeper: ReturnType<typeof setInterval> | undefined
  let waiting = 0

  function sweep() {
    const until = slot(performance.now())
    for (; swept < until; swept += 1) {
      const due = buckets.get(swept)
      if (!due) continue
      buckets.delete(swept)
      for (const entry of due) {
        const run = entry.run
        if (!run) continue
        entry.run = undefined
        waiting -= 1
        run()
      }
    }
    if (waiting === 0 && sweeper) {
      clearInterval(sweeper)
      sweeper = undefined
      buckets.clear()
    }
  }

  return {
    now: Date.now,
    monotonic: () => performance.now(),
    after(delayMs, run) {
      const due = performance.now() + Math.max(0, delayMs)
      if (!sweeper) {
        swept = slot(performance.now())
        sweeper = setInterval(sweep, sweepEveryMs)
      }
      const at = slot(due) + 1
      const entry: Entry = {
        due,
        run,
        cancel() {
          if (!entry.run) return
          entry.run = undefined
          waiting -= 1
          // a call's total time-out is minutes away: without this, ended calls would lie here until then
          buckets.get(at)?.delete(entry)
        },
      }
      waiting += 1
      const bucket = buckets.get(at)
      if (bucket) bucket.add(entry)
      else buckets.set(at, new Set([entry]))
      return entry
    },
  }
}

const slot = (ms: number) => Math.floor(ms / sweepEveryMs)
