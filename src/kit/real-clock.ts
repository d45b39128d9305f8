// The real clock. One sweep serves all time-outs of all calls, because two setTimeouts per call cost twenty
// times as much as a list entry.

import type { Clock, Timer } from './clock.ts'

const sweepEveryMs = 10

/** Each bucket has the entries of one sweep, so that a sweep reads only due entries. */
export function createRealClock(): Clock {
  const sweeper = new Sweeper()
  return {
    now: Date.now,
    monotonic: () => performance.now(),
    after: (delayMs, run) => sweeper.add(performance.now() + Math.max(0, delayMs), run),
  }
}

class Sweeper {
  readonly #buckets = new Map<number, Entry>()
  #swept = slot(performance.now())
  #interval: ReturnType<typeof setInterval> | undefined
  #waiting = 0

  add(due: number, run: () => void): Entry {
    if (!this.#interval) {
      this.#swept = slot(performance.now())
      this.#interval = setInterval(() => this.#sweep(), sweepEveryMs)
    }
    const at = slot(due) + 1
    let bucket = this.#buckets.get(at)
    if (!bucket) this.#buckets.set(at, (bucket = new Entry(undefined, undefined)))
    const entry = new Entry(this, run)
    entry.putAfter(bucket)
    this.#waiting += 1
    return entry
  }

  ended(): void {
    this.#waiting -= 1
  }

  #sweep(): void {
    const until = slot(performance.now())
    for (; this.#swept < until; this.#swept += 1) {
      const bucket = this.#buckets.get(this.#swept)
      if (!bucket) continue
      this.#buckets.delete(this.#swept)
      for (let last = bucket.previous; last !== bucket; last = bucket.previous) last.expire()
    }
    if (this.#waiting > 0 || !this.#interval) return
    clearInterval(this.#interval)
    this.#interval = undefined
    this.#buckets.clear()
  }
}

/** A member of a ring. The first member represents the bucket and has nothing to run. */
class Entry implements Timer {
  readonly #sweeper: Sweeper | undefined
  #run: (() => void) | undefined
  previous: Entry = this
  next: Entry = this

  constructor(sweeper: Sweeper | undefined, run: (() => void) | undefined) {
    this.#sweeper = sweeper
    this.#run = run
  }

  putAfter(other: Entry): void {
    this.previous = other
    this.next = other.next
    other.next.previous = this
    other.next = this
  }

  expire(): void {
    const run = this.#run
    this.cancel()
    run?.()
  }

  /**
   * Removes the entry from its bucket. Otherwise an ended call would be kept until its total time-out,
   * minutes later.
   */
  cancel(): void {
    if (!this.#run) return
    this.#run = undefined
    this.#sweeper?.ended()
    this.previous.next = this.next
    this.next.previous = this.previous
    this.previous = this.next = this
  }
}

const slot = (ms: number) => Math.floor(ms / sweepEveryMs)
