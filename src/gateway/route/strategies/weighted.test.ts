import { expect, test } from 'bun:test'
import type { Choice } from './strategy.ts'
import { weighted } from './weighted.ts'

const orderOf = (choices: readonly Choice[], random: () => number) => {
  const unasked = (): never => {
    throw new Error('chance needs nothing of the call')
  }
  return weighted
    .order(choices, { at: 0, random, demand: unasked, price: unasked, health: unasked })
    .map(({ target }) => target)
}

// mulberry32: a seeded chance, so that shares are the same on each run
function seeded(seed: number) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

test('shares follow the weights, for the first place and for the fallback after it', () => {
  const random = seeded(7)
  const targets = [
    { target: 'a', weight: 6 },
    { target: 'b', weight: 3 },
    { target: 'c', weight: 1 },
  ]
  const first: Record<string, number> = {}
  let bBeforeCAfterA = 0
  let afterA = 0
  const rounds = 20_000
  for (let round = 0; round < rounds; round += 1) {
    const order = orderOf(targets, random)
    first[order[0] ?? ''] = (first[order[0] ?? ''] ?? 0) + 1
    if (order[0] === 'a') {
      afterA += 1
      if (order[1] === 'b') bBeforeCAfterA += 1
    }
  }
  expect((first['a'] ?? 0) / rounds).toBeCloseTo(0.6, 1)
  expect((first['b'] ?? 0) / rounds).toBeCloseTo(0.3, 1)
  expect((first['c'] ?? 0) / rounds).toBeCloseTo(0.1, 1)
  expect(bBeforeCAfterA / afterA).toBeCloseTo(0.75, 1)
})

test('weight zero is only a fallback, in the order of the configuration', () => {
  const order = orderOf(
    [
      { target: 'x', weight: 0 },
      { target: 'y', weight: 0 },
      { target: 'z', weight: 1 },
    ],
    seeded(1),
  )
  expect(order).toEqual(['z', 'x', 'y'])
})
