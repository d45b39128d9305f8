import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import type { PriceRow } from '../../contract/snapshot.ts'
import type { Demand, Usage } from '../../contract/usage.ts'
import { boundOf, costOf, expectedCost, priceAt } from './index.ts'

const dollar = 1_000_000_000
const plain: PriceRow = { input: 2 * dollar, output: 10 * dollar }
const rich: PriceRow = {
  input: 3 * dollar,
  output: 15 * dollar,
  cacheRead: 0.3 * dollar,
  cacheWrite: 3.75 * dollar,
  cacheWriteLong: 6 * dollar,
  inputAudio: 40 * dollar,
  outputAudio: 80 * dollar,
  request: 5_000_000,
  fees: { web_search: 10_000_000 },
  tiers: [
    {
      above: 200_000,
      input: 6 * dollar,
      output: 22.5 * dollar,
      cacheRead: 0.6 * dollar,
      cacheWrite: 7.5 * dollar,
    },
  ],
}
const bare: Demand = {
  inputTokens: 1000,
  outputTokens: 100,
  hasUnboundedFees: false,
  typicalTokens: 500,
  typicalInputTokens: 400,
}

function priced(usage: Usage, row: PriceRow): bigint {
  const cost = costOf(usage, row)
  if (cost === undefined) throw new Error('these terms have no price')
  return cost
}

describe('the current row', () => {
  const target = {
    prices: [
      { ...plain, input: 1 },
      { ...plain, from: 1000, input: 2 },
      { ...plain, from: 2000, input: 3 },
    ],
  }

  test('is the last one that has begun', () => {
    expect([0, 999, 1000, 1999, 2000, 9e12].map((at) => priceAt(target, at)?.input)).toEqual([
      1, 1, 2, 2, 3, 3,
    ])
  })

  test('is unknown before the first one begins and where there is none', () => {
    expect(priceAt({ prices: [{ ...plain, from: 1000 }] }, 999)).toBeUndefined()
    expect(priceAt({ prices: [] }, 999)).toBeUndefined()
  })
})

describe('usage without a price has no cost', () => {
  test.each<[string, Usage, PriceRow]>([
    ['a fee that the row does not name', { inputTokens: 1000, fees: { web_search: 1 } }, plain],
    [
      'one of two fees',
      { inputTokens: 1000, fees: { web_search: 1, x_search: 1 } },
      { ...plain, fees: { web_search: 1 } },
    ],
    [
      'a fee by a name that objects have',
      { inputTokens: 1000, fees: { constructor: 1 } },
      { ...plain, fees: {} },
    ],
    [
      'a cache that is kept for twelve hours',
      { inputTokens: 1000, cacheWriteTokens: 10, cacheWrite12hTokens: 10 },
      rich,
    ],
    ['a tier of service', { inputTokens: 1000, terms: ['scale'] }, rich],
  ])('%s', (_name, usage, row) => expect(costOf(usage, row)).toBeUndefined())

  test('a fee that was counted as zero needs no price', () => {
    expect(costOf({ inputTokens: 1000, fees: { web_search: 0 } }, plain)).toBe(2_000_000n)
  })

  test('a lifetime with a price is charged at it', () => {
    const row = { ...plain, cacheWrite: 3 * dollar, cacheWriteLong: 4 * dollar, cacheWrite12h: 5 * dollar }
    expect(
      costOf(
        { inputTokens: 1000, cacheWriteTokens: 600, cacheWriteLongTokens: 100, cacheWrite12hTokens: 200 },
        row,
      ),
    ).toBe(BigInt(400 * 2_000 + 300 * 3_000 + 100 * 4_000 + 200 * 5_000))
  })
})

describe('the cost of reported usage', () => {
  test.each<[string, Usage, PriceRow, bigint]>([
    ['plain tokens', { inputTokens: 1000, outputTokens: 500 }, plain, 7_000_000n],
    ['one token is rounded up', { inputTokens: 1 }, { input: 1, output: 1 }, 1n],
    [
      'three parts of a nano-dollar are rounded once, not three times',
      { inputTokens: 1, cacheReadTokens: 0, outputTokens: 1 },
      { input: 1, output: 1 },
      1n,
    ],
    [
      'cached tokens without a rate of their own cost the plain rate',
      { inputTokens: 1000, cacheReadTokens: 600 },
      plain,
      2_000_000n,
    ],
    [
      'cache reads',
      { inputTokens: 1000, cacheReadTokens: 600 },
      { ...plain, cacheRead: 0.2 * dollar },
      920_000n,
    ],
    [
      'cache writes for five minutes and for an hour',
      { inputTokens: 1000, cacheWriteTokens: 500, cacheWriteLongTokens: 200 },
      { ...plain, cacheWrite: 2.5 * dollar, cacheWriteLong: 4 * dollar },
      500n * 2000n + 300n * 2500n + 200n * 4000n,
    ],
    [
      'an hour without a rate costs what five minutes do',
      { inputTokens: 10, cacheWriteTokens: 10, cacheWriteLongTokens: 10 },
      { ...plain, cacheWrite: 3 * dollar },
      30_000n,
    ],
    [
      'reasoning is inside the output',
      { inputTokens: 0, outputTokens: 500, reasoningTokens: 400 },
      plain,
      5_000_000n,
    ],
    [
      'audio in and out',
      { inputTokens: 100, inputAudioTokens: 40, outputTokens: 50, outputAudioTokens: 30 },
      { ...plain, inputAudio: 40 * dollar, outputAudio: 80 * dollar },
      60n * 2000n + 40n * 40_000n + 20n * 10_000n + 30n * 80_000n,
    ],
    [
      'fees and the price of a request',
      { inputTokens: 0, fees: { web_search: 3 } },
      { ...plain, request: 7, fees: { web_search: 10_000_000 } },
      30_000_007n,
    ],
    [
      'a tier begins above its threshold, not at it',
      { inputTokens: 200_000 },
      rich,
      200_000n * 3000n + 5_000_000n,
    ],
    [
      'a tier holds for the whole call',
      { inputTokens: 200_001, outputTokens: 10 },
      rich,
      200_001n * 6000n + 10n * 22_500n + 5_000_000n,
    ],
    [
      'what a tier does not name keeps the rate of the row',
      { inputTokens: 200_001, inputAudioTokens: 1 },
      rich,
      200_000n * 6000n + 40_000n + 5_000_000n,
    ],
    [
      'cached audio is not charged twice',
      { inputTokens: 100, inputAudioTokens: 100, cacheReadTokens: 100 },
      { ...plain, inputAudio: 40 * dollar, cacheRead: 1 },
      4_000_000n,
    ],
    [
      'a total smaller than its parts gives way',
      { inputTokens: 10, cacheReadTokens: 1000 },
      { ...plain, cacheRead: 0.2 * dollar },
      200_000n,
    ],
    [
      'beyond 2^53',
      { inputTokens: 200_001, outputTokens: 200_001 },
      { input: 75 * dollar + 1, output: 75 * dollar },
      30_000_150_001n,
    ],
  ])('%s', (_name, usage, row, nano) => {
    expect(costOf(usage, row)).toBe(nano)
  })

  test('odd counts of a vendor do not break the ledger', () => {
    expect(costOf({ inputTokens: 12.5, outputTokens: -3 }, plain)).toBe(26_000n)
    expect(costOf({ inputTokens: Number.NaN }, plain)).toBe(0n)
    expect(priced({ inputTokens: Number.POSITIVE_INFINITY }, plain) > 10n ** 15n).toBe(true)
  })
})

describe('units beyond tokens', () => {
  const image: PriceRow = {
    fees: { image: 40_000_000, second: 100_000, character: 15_000 },
    request: 2_000_000,
  }
  const noTokens: Demand = { ...bare, inputTokens: 0, outputTokens: 0 }
  const target = { id: 'acme/large' }
  const used: Usage = { inputTokens: 0, outputTokens: 0 }

  test('three images at 4 cents are bounded at 12 and cost 12', () => {
    const row = { fees: { image: 40_000_000 } }
    expect(boundOf({ ...noTokens, units: { image: 3 } }, target, row)).toEqual({
      kind: 'amount',
      nano: 120_000_000n,
    })
    expect(costOf({ ...used, fees: { image: 3 } }, row)).toBe(120_000_000n)
  })

  test.each<[string, Record<string, number> | undefined, bigint]>([
    ['a request alone', undefined, 2_000_000n],
    ['several requests', { request: 3 }, 6_000_000n],
    ['no request', { request: 0 }, 0n],
    ['seconds and characters', { second: 60, character: 4096 }, 2_000_000n + 6_000_000n + 61_440_000n],
    ['a part of a unit is paid as a whole one', { second: 0.2 }, 2_100_000n],
    ['nothing of a unit that has no price', { page: 0 }, 2_000_000n],
  ])('%s', (_name, units, nano) => {
    expect(boundOf({ ...noTokens, ...(units && { units }) }, target, image)).toEqual({ kind: 'amount', nano })
    expect(costOf({ ...used, ...(units && { fees: units }) }, image)).toBe(nano)
    expect(expectedCost({ ...noTokens, typicalTokens: 0, ...(units && { units }) }, image)).toBe(nano)
  })

  test('come on top of tokens', () => {
    const row = { ...plain, request: 7, fees: { image: 40_000_000 } }
    expect(boundOf({ ...bare, units: { image: 1 } }, target, row)).toEqual({
      kind: 'amount',
      nano: 3_000_000n + 7n + 40_000_000n,
    })
    expect(expectedCost({ ...bare, units: { image: 1 } }, row)).toBe(
      400n * 2000n + 100n * 10_000n + 7n + 40_000_000n,
    )
  })

  test.each<[string, Partial<Demand>, PriceRow, string]>([
    ['a unit that the row does not name', { units: { page: 1 } }, image, 'no price for "page"'],
    ['a name that objects have', { units: { constructor: 1 } }, image, 'no price for "constructor"'],
    ['a count that is no number', { units: { image: Number.NaN } }, image, 'no price for "image"'],
    ['tokens, where only units have prices', { inputTokens: 5 }, image, 'no price for tokens'],
    [
      'tokens without a bound, where only units have prices',
      { outputTokens: undefined },
      image,
      'no price for tokens',
    ],
  ])('%s: the price is unknown', (_name, demand, row, reason) => {
    expect(boundOf({ ...noTokens, ...demand }, target, row)).toEqual({
      kind: 'unpriced',
      reason: expect.stringContaining(reason),
    })
    const usage = {
      ...used,
      inputTokens: demand.inputTokens ?? 0,
      outputTokens: demand.outputTokens ?? ('outputTokens' in demand ? 5 : 0),
    }
    expect(costOf({ ...usage, ...(demand.units && { fees: demand.units }) }, row)).toBeUndefined()
  })

  test('without a limit there is no bound, unless they are given away', () => {
    const endless = { ...noTokens, units: { web_search: Number.POSITIVE_INFINITY } }
    expect(boundOf(endless, target, { fees: { web_search: 1 } })).toEqual({
      kind: 'unbounded',
      reason: expect.stringContaining('"web_search"'),
    })
    expect(boundOf(endless, target, { fees: { web_search: 0 } })).toEqual({ kind: 'amount', nano: 0n })
    expect(boundOf({ ...noTokens, units: { request: Number.POSITIVE_INFINITY } }, target, image).kind).toBe(
      'unbounded',
    )
  })

  test('a free target costs nothing, whatever it uses', () => {
    const demand: Demand = {
      ...noTokens,
      inputTokens: undefined,
      hasUnboundedFees: true,
      units: { page: 9 },
      terms: ['priority'],
    }
    expect(boundOf(demand, target, { isFree: true })).toEqual({ kind: 'amount', nano: 0n })
    expect(costOf({ inputTokens: 9, fees: { page: 9 }, terms: ['priority'] }, { isFree: true })).toBe(0n)
  })
})

describe('terms that change the rates', () => {
  const used = { inputTokens: 1001, outputTokens: 100, fees: { web_search: 2 } }
  const row: PriceRow = {
    ...plain,
    request: 7,
    fees: { web_search: 1000 },
    factors: { flex: 500_000, fast: 6_000_000, 'geo-us': 1_100_000 },
  }
  test.each<[string, readonly string[], PriceRow, bigint | undefined]>([
    ['none', [], row, 3_002_000n + 2007n],
    ['one: tokens only, not fees', ['flex'], row, 1_501_000n + 2007n],
    ['several together', ['fast', 'geo-us'], row, (3_002_000n * 66n) / 10n + 2007n],
    [
      'a discount that is not in the row: the plain rates, which is too much',
      ['flex', 'batch'],
      { ...row, factors: {} },
      3_002_000n + 2007n,
    ],
    ['a surcharge that is not in the row: unknown', ['priority'], row, undefined],
    ['a name that every object has', ['constructor'], { ...plain, factors: {} }, undefined],
  ])('%s', (_name, terms, prices, nano) => {
    expect(costOf({ ...used, terms }, prices)).toBe(nano)
  })

  test('are rounded up once', () => {
    // 3 tokens at a third of 1.5 nano-dollars a token
    expect(
      costOf(
        { inputTokens: 3, terms: ['third'] },
        { input: 1_500_000, output: 0, factors: { third: 333_333 } },
      ),
    ).toBe(2n)
    expect(
      costOf(
        { inputTokens: 1, terms: ['flex'] },
        { input: 1_000_000, output: 0, factors: { flex: 500_000 } },
      ),
    ).toBe(1n)
  })

  test('bound a call that asks for them: never below the plain rates, because a discount may not be had; unknown ones are unbounded', () => {
    const bound = (terms: string[], prices = row) => boundOf({ ...bare, terms }, { id: 'acme/large' }, prices)
    expect(bound(['flex'])).toEqual({ kind: 'amount', nano: 3_000_000n + 7n })
    expect(bound(['fast'])).toEqual({ kind: 'amount', nano: 18_000_000n + 7n })
    expect(bound(['priority'])).toEqual({
      kind: 'unbounded',
      reason: expect.stringContaining('no price for "priority"'),
    })
  })
})

describe('the bound of a call', () => {
  test.each<
    [string, Partial<Demand>, PriceRow, { contextWindow?: number; maxOutputTokens?: number }, bigint | string]
  >([
    ['plain rates', {}, plain, {}, 3_000_000n],
    [
      'input at the dearest of its rates',
      { mayHoldAudio: false },
      rich,
      {},
      1000n * 6000n + 100n * 15_000n + 5_000_000n,
    ],
    ['audio, when it cannot be ruled out', {}, rich, {}, 1000n * 40_000n + 100n * 80_000n + 5_000_000n],
    [
      'the highest tier that the input reaches',
      { inputTokens: 200_001, mayHoldAudio: false },
      rich,
      {},
      200_001n * 7500n + 100n * 22_500n + 5_000_000n,
    ],
    [
      'unknown input: the context window',
      { inputTokens: undefined },
      plain,
      { contextWindow: 8000 },
      17_000_000n,
    ],
    ['unknown input and no window', { inputTokens: undefined }, plain, {}, 'the input has no known limit'],
    [
      'no output limit: that of the target',
      { outputTokens: undefined },
      plain,
      { contextWindow: 8000, maxOutputTokens: 400 },
      6_000_000n,
    ],
    [
      'no output limit and three answers',
      { outputTokens: undefined, choices: 3 },
      plain,
      { maxOutputTokens: 400 },
      14_000_000n,
    ],
    [
      'no output limit known at all: the context window',
      { outputTokens: undefined },
      plain,
      { contextWindow: 8000 },
      82_000_000n,
    ],
    [
      'no output limit anywhere',
      { outputTokens: undefined },
      plain,
      {},
      'no output limit is set and acme/large has no known limit',
    ],
    [
      'the reason of the demand is told',
      { outputTokens: undefined, reason: '"max_tokens" is not set' },
      plain,
      {},
      '"max_tokens" is not set',
    ],
    ['fees without end', { hasUnboundedFees: true }, plain, {}, 'fees without a limit'],
  ])('%s', (_name, demand, row, target, expected) => {
    const bound = boundOf({ ...bare, ...demand }, { id: 'acme/large', ...target }, row)
    if (typeof expected === 'bigint') expect(bound).toEqual({ kind: 'amount', nano: expected })
    else expect(bound).toEqual({ kind: 'unbounded', reason: expect.stringContaining(expected) })
  })
})

describe('for any price list, demand and usage', () => {
  const rate = fc.oneof(fc.nat(2000), fc.nat(100 * dollar), fc.constant(75 * dollar))
  const optionalRates = {
    cacheRead: rate,
    cacheWrite: rate,
    cacheWriteLong: rate,
    inputAudio: rate,
    outputAudio: rate,
    request: rate,
  }
  const tier = fc.record(
    { above: fc.nat(300_000), input: rate, output: rate, ...optionalRates },
    { requiredKeys: ['above'] },
  )
  type Tokens = { input: number; output: number }
  const row: fc.Arbitrary<PriceRow & Tokens> = fc.record(
    { input: rate, output: rate, ...optionalRates, tiers: fc.array(tier, { maxLength: 3 }) },
    { requiredKeys: ['input', 'output'] },
  )
  const tokens = fc.oneof(fc.nat(20), fc.nat(2_000_000))
  /** A usage whose parts are within its totals, as vendors should report it. */
  const usage: fc.Arbitrary<Usage> = fc
    .record({
      read: tokens,
      written: tokens,
      long: tokens,
      audio: tokens,
      rest: tokens,
      output: tokens,
      outputAudio: tokens,
      reasoning: tokens,
    })
    .map(({ read, written, long, audio, rest, output, outputAudio, reasoning }) => ({
      inputTokens: read + written + audio + rest,
      cacheReadTokens: read,
      cacheWriteTokens: written,
      cacheWriteLongTokens: Math.min(long, written),
      inputAudioTokens: audio,
      outputTokens: output + outputAudio,
      outputAudioTokens: outputAudio,
      reasoningTokens: Math.min(reasoning, output),
    }))
  /** A usage whose parts are inconsistent. */
  const wild: fc.Arbitrary<Usage> = fc.record(
    {
      inputTokens: tokens,
      cacheReadTokens: tokens,
      cacheWriteTokens: tokens,
      cacheWriteLongTokens: tokens,
      inputAudioTokens: tokens,
      outputTokens: tokens,
      outputAudioTokens: tokens,
      reasoningTokens: tokens,
    },
    { requiredKeys: [] },
  )

  test('the cost is the exact sum, rounded up', () => {
    fc.assert(
      fc.property(usage, row, (told, prices) => {
        expect(costOf(told, prices)).toBe(reference(told, prices))
      }),
      { numRuns: 2000 },
    )
  })

  test('the cost never exceeds the bound of a demand that the usage keeps', () => {
    fc.assert(
      fc.property(fc.oneof(usage, wild), row, tokens, tokens, (told, prices, spareInput, spareOutput) => {
        const parts =
          Math.max(told.cacheWriteTokens ?? 0, told.cacheWriteLongTokens ?? 0) + (told.cacheReadTokens ?? 0)
        const demand = {
          ...bare,
          inputTokens: Math.max(told.inputTokens ?? 0, parts, told.inputAudioTokens ?? 0) + spareInput,
          outputTokens:
            Math.max(told.outputTokens ?? 0, told.outputAudioTokens ?? 0, told.reasoningTokens ?? 0) +
            spareOutput,
        }
        const bound = boundOf(demand, { id: 'acme/large' }, prices)
        expect(bound.kind === 'amount' && priced(told, prices) <= bound.nano).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })

  test('the bound of units covers every use of at most that many', () => {
    const units = fc.dictionary(
      fc.constantFrom('image', 'second', 'request', 'web_search', 'grounded_prompt', 'page'),
      fc.tuple(fc.nat(50), fc.nat(50)),
    )
    const fees = fc.dictionary(fc.constantFrom('image', 'second', 'web_search', 'grounded_prompt'), rate)
    fc.assert(
      fc.property(row, fees, units, (prices, named, amounts) => {
        const priceRow = { ...prices, fees: named }
        const most = Object.fromEntries(
          Object.entries(amounts).map(([name, [used, spare]]) => [name, used + spare]),
        )
        const used = Object.fromEntries(Object.entries(amounts).map(([name, [amount]]) => [name, amount]))
        const bound = boundOf({ ...bare, units: most }, { id: 'acme/large' }, priceRow)
        const cost = costOf({ inputTokens: 1000, outputTokens: 100, fees: used }, priceRow)
        const hasPrice = bound.kind === 'amount'
        expect(hasPrice ? cost !== undefined && cost <= bound.nano : bound.kind === 'unpriced').toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('a demand without audio bounds every usage without audio', () => {
    fc.assert(
      fc.property(usage, row, (told, prices) => {
        const silent = { ...told, inputAudioTokens: 0, outputAudioTokens: 0 }
        const demand = {
          ...bare,
          inputTokens: told.inputTokens,
          outputTokens: told.outputTokens,
          mayHoldAudio: false,
        }
        const bound = boundOf(demand, { id: 'acme/large' }, prices)
        expect(bound.kind === 'amount' && priced(silent, prices) <= bound.nano).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  test('more output or a larger demand never costs less', () => {
    fc.assert(
      fc.property(usage, row, tokens, (told, prices, more) => {
        expect(
          priced({ ...told, outputTokens: (told.outputTokens ?? 0) + more }, prices) >= priced(told, prices),
        ).toBe(true)
        const bound = (extra: number) => {
          const demand = {
            ...bare,
            inputTokens: (told.inputTokens ?? 0) + extra,
            outputTokens: told.outputTokens,
          }
          const answer = boundOf(demand, { id: 'acme/large' }, prices)
          return answer.kind === 'amount' ? answer.nano : -1n
        }
        expect(bound(more) >= bound(0)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  /** The price list read once more, in fractions of a million and without a fast path. */
  function reference(told: Usage, prices: PriceRow & Tokens): bigint {
    const count = (name: keyof Usage) => BigInt(Number(told[name] ?? 0))
    const reached = (prices.tiers ?? [])
      .filter((one) => Number(count('inputTokens')) > one.above)
      .sort((a, b) => a.above - b.above)
    const highest = reached.at(-1)
    // of two tiers at one threshold the first one counts
    const rates = { ...prices, ...reached.find((one) => one.above === highest?.above) }
    const write = rates.cacheWrite ?? rates.input
    const long = count('cacheWriteLongTokens')
    const rest =
      count('inputTokens') - count('cacheReadTokens') - count('cacheWriteTokens') - count('inputAudioTokens')
    const millionths =
      rest * BigInt(rates.input) +
      count('cacheReadTokens') * BigInt(rates.cacheRead ?? rates.input) +
      (count('cacheWriteTokens') - long) * BigInt(write) +
      long * BigInt(rates.cacheWriteLong ?? write) +
      count('inputAudioTokens') * BigInt(rates.inputAudio ?? rates.input) +
      (count('outputTokens') - count('outputAudioTokens')) * BigInt(rates.output) +
      count('outputAudioTokens') * BigInt(rates.outputAudio ?? rates.output)
    const whole = millionths / 1_000_000n
    return whole + (whole * 1_000_000n < millionths ? 1n : 0n) + BigInt(rates.request ?? 0)
  }
})
