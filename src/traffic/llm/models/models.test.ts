import { describe, expect, test } from 'bun:test'
import { calcPrice, findProvider } from '@pydantic/genai-prices'
import * as fc from 'fast-check'
import { catalog } from './catalog.generated.ts'
import { lookup, vendorOf } from './index.ts'
import { outputLimitOf } from './output-limits.ts'

/** The active price row, as gateway/admit reads it. */
const rowAt = (vendor: string, model: string, at: Date) =>
  lookup(vendor, model)?.prices.findLast((row) => row.from === undefined || row.from <= at.getTime())

describe('the catalog', () => {
  test.each([
    ['openai', 'openai', 'gpt-5-mini'],
    ['openai', 'openai', 'gpt-5-mini-2025-08-07'],
    ['openai', 'openai', 'gpt-4o'],
    ['openai', 'openai', 'GPT-4.1-nano'],
    ['openai', 'openai', 'o3'],
    ['openai', 'openai', 'gpt-5.6-luna-2026-10-01'],
    ['anthropic', 'anthropic', 'claude-sonnet-4-5'],
    ['google', 'google', 'gemini-2.5-pro'],
    ['xai', 'x-ai', 'grok-4.3'],
    ['mistral', 'mistral', 'mistral-large-latest'],
    ['groq', 'groq', 'llama-3.3-70b-versatile'],
    ['openrouter', 'openrouter', 'openai/gpt-5-mini'],
  ])('%s (in the package: %s) prices %s as the package does, now and long ago', (vendor, id, model) => {
    for (const at of [new Date('2025-01-01'), new Date('2025-07-01'), new Date('2026-11-01')]) {
      const row = rowAt(vendor, model, at)
      for (const input of [1000, 150_000, 300_000]) {
        const tier = row?.tiers?.findLast(({ above }) => input > above)
        const rates = { ...row, ...tier }
        const ours =
          ((rates.input ?? Number.NaN) * (input - 400) +
            (rates.cacheRead ?? rates.input ?? Number.NaN) * 400) /
            1e15 +
          ((rates.output ?? Number.NaN) * 200) / 1e15
        const theirs = calcPrice({ input_tokens: input, cache_read_tokens: 400, output_tokens: 200 }, model, {
          providerId: id,
          timestamp: at,
        })
        expect(ours).toBeCloseTo(theirs?.total_price ?? -1, 10)
      }
    }
  })

  test('every entry of a vendor has the same prices for plain tokens as the package', () => {
    const at = new Date('2026-11-01')
    for (const [vendor, id] of [
      ['openai', 'openai'],
      ['anthropic', 'anthropic'],
      ['groq', 'groq'],
      ['openrouter', 'openrouter'],
    ] as const) {
      const models = findProvider({ providerId: id })?.models ?? []
      let compared = 0
      for (const model of models) {
        const row = rowAt(vendor, model.id, at)
        const theirs = calcPrice({ input_tokens: 1000, output_tokens: 1000 }, model.id, {
          providerId: id,
          timestamp: at,
        })
        // an id may differ from the names that its entry matches
        if (!row || theirs?.model.id !== model.id) continue
        compared += 1
        expect([
          model.id,
          ((row.input ?? Number.NaN) + (row.output ?? Number.NaN)) / 1e12 + (row.request ?? 0) / 1e9,
        ]).toEqual([model.id, expect.closeTo(theirs.total_price, 9)])
      }
      expect(compared).toBeGreaterThan(models.length / 2)
    }
  })

  test.each([
    [
      'anthropic',
      'claude-sonnet-5',
      'claude-sonnet-5-20260301',
      ['claude-sonnet-5-7', 'claude-sonnet-5.7', 'claude-sonnet-5-7-20270101', 'claude-sonnet-50'],
    ],
    [
      'anthropic',
      'claude-opus-4-1',
      'claude-opus-4-1-20250805',
      ['claude-opus-4-10', 'claude-opus-4-1-mini'],
    ],
    [
      'google',
      'gemini-3.7-flash',
      'gemini-3.7-flash-preview',
      ['gemini-3.7-flash-lite', 'gemini-3.7-flash-image', 'gemini-3.7-flash-2'],
    ],
    ['openai', 'gpt-5-nano', 'gpt-5-nano-2025-08-07', ['gpt-5-nano-pro']],
    ['deepseek', 'deepseek-chat', 'deepseek-chat', ['deepseek-chat-v9-max']],
    ['openrouter', 'openai/gpt-5-mini', 'openai/gpt-5-mini', ['openai/gpt-5-mini:online']],
  ])(
    '%s: the price of %s holds for %s and for no later or other model',
    (vendor, model, snapshot, others) => {
      expect(lookup(vendor, model)).toBeDefined()
      expect(lookup(vendor, snapshot)?.prices).toEqual(lookup(vendor, model)?.prices ?? [])
      for (const other of others) expect([other, lookup(vendor, other)]).toEqual([other, undefined])
    },
  )

  test('no pattern with a star matches the name of a later version', () => {
    for (const [vendor, models] of Object.entries(catalog)) {
      for (const pattern of models
        .flatMap(({ names }) => names)
        .filter((name) => name.endsWith('*') && !name.includes('ft'))) {
        const body = pattern.replaceAll('*', '').replaceAll('#', '7')
        if (/[-@:]$|\d{4}$|-0$/.test(body)) continue
        for (const later of ['-9', '.9', '-9-20290101', '-lite', '-max', '-image']) {
          const found = models.find(({ names }) => names.includes(pattern))
          const hit = lookup(vendor, body + later)
          if (hit) expect([body + later, hit.prices === found?.prices]).toEqual([body + later, false])
        }
      }
    }
  })

  test('a price change has a date', () => {
    expect(lookup('openai', 'o3')?.prices.map(({ from, input }) => [from, input])).toEqual([
      [undefined, 10_000_000_000],
      [Date.UTC(2025, 5, 10), 2_000_000_000],
    ])
  })

  test('the catalog has long context, fees, windows and limits', () => {
    expect(lookup('openai', 'gpt-5.4')).toMatchObject({
      contextWindow: 1_050_000,
      maxOutputTokens: 128_000,
      prices: [
        {
          input: 2_500_000_000,
          fees: { web_search: 10_000_000 },
          tiers: [{ above: 271_999, input: 5_000_000_000, output: 22_500_000_000 }],
        },
      ],
    })
    expect(lookup('openai', 'gpt-4o')?.maxOutputTokens).toBe(16_384)
    expect(lookup('google', 'gemini-2.5-flash')?.prices.at(-1)?.fees).toEqual({ grounded_prompt: 35_000_000 })
    expect(lookup('google', 'gemini-3.1-pro-preview')?.prices.at(-1)?.fees).toEqual({
      web_search: 14_000_000,
    })
  })

  test('an unknown model has no price, not a price of zero', () => {
    expect(lookup('openai', 'gpt-9')).toBeUndefined()
    expect(lookup('acme', 'gpt-5')).toBeUndefined()
    expect(lookup('constructor', 'name')).toBeUndefined()
    // the package has no price for its audio
    expect(lookup('openai', 'gpt-4o-audio-preview')).toBeUndefined()
    expect(lookup('openai', 'whisper-1')).toBeUndefined()
  })

  test('rows are whole numbers in order of date, and tiers are distinct', () => {
    for (const [vendor, models] of Object.entries(catalog)) {
      for (const { names, prices } of models) {
        expect(prices.length).toBeGreaterThan(0)
        const dates = prices.map(({ from }) => from ?? Number.NEGATIVE_INFINITY)
        expect([vendor, names[0], dates]).toEqual([
          vendor,
          names[0],
          [...new Set(dates)].sort((a, b) => a - b),
        ])
        const numbers = JSON.stringify(prices).match(/-?[\d.e+]+(?=[,}\]])/g) ?? []
        expect([
          names[0],
          numbers.every((number) => Number.isSafeInteger(Number(number)) && Number(number) >= 0),
        ]).toEqual([names[0], true])
        for (const { tiers = [] } of prices)
          expect(new Set(tiers.map(({ above }) => above)).size).toBe(tiers.length)
      }
    }
  })

  test('unusual names do not break a lookup', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(catalog), '__proto__', 'demo'),
        fc.string(),
        (vendor, name) => void lookup(vendor, name),
      ),
    )
  })

  test.each([
    ['anthropic', 'claude-3-haiku-20240307', 4096],
    ['anthropic', 'claude-opus-4-20250514', 32_000],
    ['anthropic', 'claude-opus-4-1-20250805', 32_000],
    ['anthropic', 'claude-sonnet-4-5-20250929', 64_000],
    ['anthropic', 'claude-haiku-4-5', 64_000],
    ['anthropic', 'claude-sonnet-4-6', 128_000],
    ['anthropic', 'claude-opus-5-5', 128_000],
    ['openai', 'gpt-4o-2024-05-13', 4096],
    ['openai', 'gpt-5-chat-latest', 16_384],
    ['openai', 'gpt-5-pro', 272_000],
    ['openai', 'gpt-5.4-mini-2026-03-17', 128_000],
    ['openai', 'o3-pro', 100_000],
    ['google', 'gemini-2.0-flash', 8192],
    ['google', 'gemini-2.5-pro', 65_536],
    // no vendor has published the limit of these
    ['anthropic', 'claude-opus-5-9', undefined],
    ['google', 'gemini-2.5-flash-preview-tts', undefined],
  ])('%s/%s puts out at most %p tokens', (vendor, name, tokens) => {
    expect(outputLimitOf(vendor, name)).toBe(tokens)
  })

  test('every model with an output limit has a price', () => {
    const known = ['claude-opus-5-5', 'claude-fable-5-1', 'gpt-6-sol', 'gemini-3.5-flash']
    for (const name of known)
      expect([name, lookup(vendorOf(name) ?? '', name)?.maxOutputTokens]).toEqual([name, expect.any(Number)])
  })

  test('demo models have prices', () => {
    for (const name of ['echo', 'slow', 'flaky', 'agent']) {
      expect(lookup('demo', name)).toMatchObject({
        prices: [{ input: 100_000_000, output: 400_000_000 }],
        contextWindow: 128_000,
        maxOutputTokens: 4096,
      })
    }
    expect(lookup('demo', 'nobody')).toBeUndefined()
  })

  test('the committed file equals the output of the script', () => {
    const check = Bun.spawnSync([process.execPath, 'script/catalog.ts', '--check'], {
      cwd: new URL('../../../../', import.meta.url).pathname,
    })
    expect(check.stdout.toString() + check.stderr.toString()).toContain('fresh')
    expect(check.exitCode).toBe(0)
  })
})

describe('a bare name', () => {
  test.each([
    ['gpt-5-mini', 'openai'],
    ['gpt-17', 'openai'],
    ['o4-mini', 'openai'],
    ['claude-sonnet-4-5', 'anthropic'],
    ['gemini-2.5-pro', 'google'],
    ['grok-4.3', 'xai'],
    ['deepseek-chat', 'deepseek'],
    ['codex-mini-latest', 'openai'],
    ['gpt-oss-120b', undefined],
    ['openai/gpt-5', undefined],
    ['fast', undefined],
    ['', undefined],
  ])('%p is a model of %p', (name, vendor) => {
    expect(vendorOf(name)).toBe(vendor)
  })
})
