import { expect, test } from 'bun:test'
import { createFakeClock } from '../../kit/fake-clock.ts'
import { createMemoryCounters } from './counters.ts'

test('over any time no more is taken than the rate and one burst, whatever is asked when', () => {
  const rate = { amount: 100, perMs: 60_000 }
  let state = 7
  const below = (most: number) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % most
  for (let round = 0; round < 200; round += 1) {
    const clock = createFakeClock()
    const counters = createMemoryCounters(clock)
    let taken = 0
    for (let count = 0; count < 200; count += 1) {
      clock.advance(below(2_000))
      const amount = 1 + below(20)
      const answer = counters.take('k', rate, amount)
      if (answer.ok) taken += amount
      else {
        // the time that it names is exact: a moment earlier is too early
        clock.advance(answer.retryAfterMs - 0.01)
        expect(counters.take('k', rate, amount).ok).toBe(false)
        clock.advance(0.01)
        expect(counters.take('k', rate, amount).ok).toBe(true)
        taken += amount
      }
      expect(taken).toBeLessThanOrEqual(rate.amount + (rate.amount * clock.monotonic()) / rate.perMs + 1e-6)
    }
  }
})

test('an amount beyond the whole bucket passes when the bucket is full, and is paid by waiting', () => {
  const clock = createFakeClock()
  const counters = createMemoryCounters(clock)
  const rate = { amount: 10, perMs: 1_000 }
  expect(counters.take('k', rate, 30)).toEqual({ ok: true })
  expect(counters.take('k', rate, 1)).toEqual({ ok: false, retryAfterMs: 2_100 })
})

test('credit never fills a bucket beyond its size', () => {
  const clock = createFakeClock()
  const counters = createMemoryCounters(clock)
  const rate = { amount: 10, perMs: 1_000 }
  counters.adjust('k', rate, -1_000)
  expect(counters.take('k', rate, 10)).toEqual({ ok: true })
  expect(counters.take('k', rate, 1).ok).toBe(false)
})

test('buckets that are full again are forgotten', () => {
  const clock = createFakeClock()
  const counters = createMemoryCounters(clock, 100)
  for (let count = 0; count < 10_000; count += 1) {
    counters.take(`k${count}`, { amount: 1, perMs: 50 }, 1)
    clock.advance(1)
  }
  expect(counters.size()).toBeLessThanOrEqual(201)
})
