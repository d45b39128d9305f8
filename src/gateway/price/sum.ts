// Sums of counts and rates, exact and rounded up once.

import { millionth, millionthOf } from '../../kit/money.ts'

/** The factor that changes nothing, in millionths. */
export const one = 1_000_000

/**
 * Pairs of count and rate per million, by a factor. In plain numbers as long as they are exact (see
 * `millionth`), else again in BigInt.
 */
export function sumOfProducts(factor: number, ...pairs: number[]): bigint {
  let sum = 0
  for (let index = 0; index < pairs.length; index += 2) sum += (pairs[index] ?? 0) * (pairs[index + 1] ?? 0)
  if (factor === one && sum <= Number.MAX_SAFE_INTEGER) return millionth(sum)
  let exact = 0n
  for (let index = 0; index < pairs.length; index += 2)
    exact += BigInt(pairs[index] ?? 0) * BigInt(pairs[index + 1] ?? 0)
  if (factor === one) return millionthOf(exact)
  // rounded up once, not once for the rates and again for the factor
  const scaled = exact * BigInt(factor)
  const square = BigInt(one) * BigInt(one)
  return (scaled + square - 1n) / square
}

/**
 * A count as a whole number: a vendor that reports 12.5 tokens is paid for 13, and any count is safe for the
 * arithmetic.
 */
export const whole = (count: number | undefined): number =>
  count !== undefined && count > 0 ? Math.min(Math.ceil(count), Number.MAX_SAFE_INTEGER) : 0
