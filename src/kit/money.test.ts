import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { formatUsd, maxNano, parseUsd, perMillion } from './money.ts'

describe('amounts in usual notations', () => {
  test.each([
    ['0.25', 250_000_000n],
    ['12', 12_000_000_000n],
    [' 500. ', 500_000_000_000n],
    ['0.000000001', 1n],
    ['0.0000000010', 1n],
    [0.1, 100_000_000n],
    [2.5e-7, 250n],
    ['1e3', 1_000_000_000_000n],
    [0, 0n],
    ['0.0000000000', 0n],
    ['9223372036.854775807', maxNano],
  ] as const)('%p dollars are %p nano-dollars', (written, nano) => {
    expect(parseUsd(written)).toBe(nano)
  })

  test.each([
    ['', 'not an amount'],
    ['$5', 'not an amount'],
    ['-1', 'not an amount'],
    ['1,000', 'not an amount'],
    ['.5', 'not an amount'],
    ['0x10', 'not an amount'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['0.0000000001', 'finer than a nano-dollar'],
    ['1e-10', 'finer than a nano-dollar'],
    ['1e999', 'largest amount'],
    ['9223372036.854775808', 'largest amount'],
    ['9'.repeat(60), 'not an amount'],
  ] as const)('%p is refused and the message names it', (written, message) => {
    expect(() => parseUsd(written)).toThrow(message)
  })

  test('a formatted amount parses to the same amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: maxNano }), (nano) => {
        expect(parseUsd(formatUsd(nano).slice(1))).toBe(nano)
      }),
    )
  })

  test('amounts are shown with two decimals and as many more as they need', () => {
    expect([1_230_000_000n, 0n, 1n, 5_000_000_000n, -4_100_000_000n, 123_456n].map(formatUsd)).toEqual([
      '$1.23',
      '$0.00',
      '$0.000000001',
      '$5.00',
      '-$4.10',
      '$0.000123456',
    ])
  })
})

describe('a rate per million', () => {
  test('200,001 tokens at $75 are exact although their product is beyond 2^53', () => {
    expect(perMillion(200_001, 75_000_000_000)).toBe(15_000_075_000n)
    expect(perMillion(200_001, 75_000_000_001)).toBe(15_000_075_001n)
  })

  test('is rounded up, never down', () => {
    expect(perMillion(1, 1)).toBe(1n)
    expect(perMillion(0, 75_000_000_000)).toBe(0n)
    expect(perMillion(1_000_000, 1)).toBe(1n)
    expect(perMillion(1_000_001, 1)).toBe(2n)
  })

  test('equals the exact fraction for all counts and rates', () => {
    const whole = fc.oneof(fc.maxSafeNat(), fc.nat(2_000_000))
    fc.assert(
      fc.property(whole, whole, (units, rate) => {
        const exact = BigInt(units) * BigInt(rate)
        const got = perMillion(units, rate)
        expect(got * 1_000_000n >= exact && (got - 1n) * 1_000_000n < exact).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('the products just below 2^53 keep their last unit', () => {
    // a known case: a double cannot represent the remainder of 9007199254000001 / 1e6
    fc.assert(
      fc.property(fc.integer({ min: 9_007_190_000_000_000, max: Number.MAX_SAFE_INTEGER }), (product) => {
        expect(perMillion(1, product)).toBe((BigInt(product) + 999_999n) / 1_000_000n)
      }),
      { numRuns: 2000 },
    )
  })
})
