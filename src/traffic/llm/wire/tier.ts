// The terms of a call that change its rates: service tiers, as vendors name them. The price list has their
// `factors`.

import { stringAt } from '../../../kit/json-spans.ts'
import type { JsonSource } from '../../../kit/json-spans.ts'
import type { Fields } from '../../wire/field.ts'

/** The tiers with the catalog's price: the account's default and its synonyms. */
const usual: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'standard',
  'standard_only',
  'on_demand',
  'unspecified',
])

/**
 * @param tier as a client requests it; `SERVICE_TIER_PRIORITY` is the enum's spelling of `priority`.
 * @returns undefined means the usual rates
 */
export function termOf(tier: string | undefined): string | undefined {
  const word = tier?.toLowerCase().replace(/^service_tier_/, '')
  return word === undefined || usual.has(word) ? undefined : word.slice(0, 32)
}

/** In responses only tiers with a known price count: smaller vendors fill the field with their own names. */
const pricedTiers: ReadonlySet<string> = new Set(['flex', 'batch', 'priority', 'fast', 'scale'])

/** @param tier as a provider reports it */
export function termOfTier(tier: string | undefined): string | undefined {
  const term = termOf(tier)
  return term !== undefined && pricedTiers.has(term) ? term : undefined
}

/** The same for a response of OpenAI's dialects. */
export function termIn(source: JsonSource, response: Fields): string | undefined {
  const tier = response.get('service_tier')
  return tier?.kind === 'string' ? termOfTier(stringAt(source, tier)) : undefined
}
