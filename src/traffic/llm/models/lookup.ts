// What is known of a vendor's model without asking anybody: dated prices and limits. The operator's own
// prices go over these.

import { catalog } from './catalog.generated.ts'
import { demoModels } from './demo-models.ts'
import type { CatalogModel, KnownModel } from './known-model.ts'
import { factorsOf } from './factors.ts'
import { matches } from './pattern.ts'
import { outputLimitOf } from './output-limits.ts'

/**
 * @param vendor `openai`, `groq`; @param model the vendor's own name, in any case. Undefined: unknown, which
 * is not free.
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

/** The first entry that fits, in the order of the catalog. */
function find(vendor: string, name: string): CatalogModel | undefined {
  // an own property: a vendor called `constructor` has no models
  const models = Object.hasOwn(catalog, vendor) ? catalog[vendor] : undefined
  return models?.find(
    ({ names, except }) =>
      names.some((pattern) => matches(pattern, name)) && !except?.some((pattern) => matches(pattern, name)),
  )
}
