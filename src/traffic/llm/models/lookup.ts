// Prices (by date) and limits of a vendor's model, without a request to the vendor. Prices that the operator
// sets have precedence.

import { catalog } from './catalog.generated.ts'
import type { CatalogModel, KnownModel } from './known-model.ts'
import { matches } from './pattern.ts'
import { outputLimitOf } from './output-limits.ts'

/**
 * @param vendor `openai`, `groq`; @param model the vendor's own name, in any case. Undefined means unknown,
 * not free.
 */
export function lookup(vendor: string, model: string): KnownModel | undefined {
  if (vendor === 'demo') return demoModels.get(model)
  const name = model.toLowerCase()
  const entry = find(vendor, name)
  if (!entry) return undefined
  const factors = Object.hasOwn(factorsOf, vendor) ? factorsOf[vendor] : undefined
  const maxOutputTokens = outputLimitOf(vendor, name)
  return {
    prices: factors ? entry.prices.map((row) => ({ ...row, factors })) : entry.prices,
    ...(entry.contextWindow !== undefined && { contextWindow: entry.contextWindow }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
  }
}

/** The first matching entry, in the order of the catalog. */
function find(vendor: string, name: string): CatalogModel | undefined {
  // Only own properties count: a vendor called `constructor` has no models.
  const models = Object.hasOwn(catalog, vendor) ? catalog[vendor] : undefined
  return models?.find(
    ({ names, except }) =>
      names.some((pattern) => matches(pattern, name)) && !except?.some((pattern) => matches(pattern, name)),
  )
}

/**
 * The price of special terms (tiers, regions) in millionths of the usual rates, for vendors with one factor
 * for all models. The factors of OpenAI's and Google's `priority` and Anthropic's `fast` differ between
 * models. They are unknown unless the operator sets a price.
 */
const factorsOf: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // The rates of batches, half of the usual rates:
  // https://developers.openai.com/api/docs/guides/flex-processing
  openai: { flex: 500_000, batch: 500_000 },
  // https://ai.google.dev/gemini-api/docs/optimization
  google: { flex: 500_000, batch: 500_000 },
  // `priority` uses prepaid capacity at the usual rates:
  // https://platform.claude.com/docs/en/about-claude/pricing
  anthropic: { batch: 500_000, priority: 1_000_000, 'geo-us': 1_100_000 },
}

/** The demo provider's prices are not zero, so that budgets and spending can be tested offline. */
const demoRates: KnownModel = {
  prices: [{ input: 100_000_000, output: 400_000_000 }],
  contextWindow: 128_000,
  maxOutputTokens: 4096,
}

const demoEmbedRates: KnownModel = {
  prices: [{ input: 20_000_000, output: 0 }],
  contextWindow: 8192,
}

const demoModels: ReadonlyMap<string, KnownModel> = new Map([
  ...['echo', 'slow', 'flaky', 'agent'].map((name) => [name, demoRates] as const),
  ['embed', demoEmbedRates],
])
