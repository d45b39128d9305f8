// Money as integers: nano-dollars in BigInt, rates in nano-dollars per million units. A double never has an
// amount that it could round.

/** 10^9 nano-dollars are one dollar. */
const nanoPerDollar = 1_000_000_000n

/** The maximum of a 64-bit column: a little more than nine billion dollars. */
export const maxNano = 9_223_372_036_854_775_807n

/**
 * Converts dollars in usual notations (`0.25`, `"12"`, `2.5e-7`) to nano-dollars, exactly.
 * @throws RangeError that names the value: not a plain amount, negative, finer than a nano-dollar, or beyond
 * 64 bits
 */
export function parseUsd(amount: string | number): bigint {
  const match = decimal.exec(String(amount).trim())
  if (!match)
    throw new RangeError(
      `"${String(amount).slice(0, 40)}" is not an amount in US dollars; write it like 0.25`,
    )
  const [, whole = '', fraction = '', exponent = '0'] = match
  const digits = (whole + fraction).replace(/0+$/, '')
  // stripped zeros move the point to the right
  const shift = 9 + Number(exponent) - fraction.length + (whole.length + fraction.length - digits.length)
  if (digits === '') return 0n
  if (shift < 0) throw new RangeError(`"${amount}" is finer than a nano-dollar; at most 9 decimals are kept`)
  const nano = shift > 30 ? maxNano + 1n : BigInt(digits) * 10n ** BigInt(shift)
  if (nano > maxNano) throw new RangeError(`"${amount}" is more than the largest amount, 9223372036 dollars`)
  return nano
}

// limited length, so that a number of a million digits does not block BigInt
const decimal = /^(\d{1,30})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/

/** For people, exact, with at least two decimals: `$1.23`, `$0.000000001`, `-$4.00`. */
export function formatUsd(nano: bigint): string {
  const size = nano < 0n ? -nano : nano
  const fraction = (size % nanoPerDollar)
    .toString()
    .padStart(9, '0')
    .replace(/0{1,7}$/, '')
  return `${nano < 0n ? '-' : ''}$${size / nanoPerDollar}.${fraction}`
}

/** The cost of `units` at a rate per million, rounded up. Both are whole and not negative. */
export function perMillion(units: number, rateNano: number): bigint {
  const product = units * rateNano
  return product <= Number.MAX_SAFE_INTEGER
    ? millionth(product)
    : millionthOf(BigInt(units) * BigInt(rateNano))
}

/**
 * A sum of `units × rate` divided by a million, rounded up once.
 * @param sum exact: whole, and at most `Number.MAX_SAFE_INTEGER`. A sum of products of whole numbers, none
 * negative, is exact when its result is in that range: had any step been rounded, that step and all after it
 * would lie above.
 */
export function millionth(sum: number): bigint {
  // ceil(sum / 1e6) would be wrong by one, because near 2^53 the quotient cannot represent the remainder
  const rest = sum % 1_000_000
  return BigInt((sum - rest) / 1_000_000 + (rest === 0 ? 0 : 1))
}

/** The same for sums of any size. */
export const millionthOf = (sum: bigint): bigint => (sum + 999_999n) / 1_000_000n
