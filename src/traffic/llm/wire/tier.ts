// Terms of a call that change its rates: tiers of service, as vendors name them. What each costs is the price
// list's to say (`factors`).

import { stringAt } from '../../../kit/json-spans.ts'
import type { JsonSource } from '../../../kit/json-spans.ts'
import type { Fields } from '../../wire/field.ts'

/** What the operator's account is set to, and what has the catalog's price. */
const usual: ReadonlySet<string> = new Set([
  'auto',
  'default',
  'standard',
  'standard_only',
  'on_demand',
  'unspecified',
])

/**
 * @param tier as a client asks for it; `SERVICE_TIER_PRIORITY` is an enumeration's spelling of `priority`.
 * @returns undefined: the usual rates
 */
export function termOf(tier: string | undefined): string | undefined {
  const word = tier?.toLowerCase().replace(/^service_tier_/, '')
  return word === undefined || usual.has(word) ? undefined : word.slice(0, 32)
}

/**
 * Of answers only words are believed whose meaning for the price is known: smaller vendors fill the field
 * with words of their own.
 */
const pricedTiers: ReadonlySet<string> = new Set(['flex', 'batch', 'priority', 'fast', 'scale'])

/** @param tier as a provider tells that it served the call */
export function termOfTier(tier: string | undefined): string | undefined {
  const term = termOf(tier)
  return term !== undefined && pricedTiers.has(term) ? term : undefined
}

/** The same of an answer of OpenAI's dialects. */
export function termIn(source: JsonSource, response: Fields): string | undefined {
  const tier = response.get('service_tier')
  return tier?.kind === 'string' ? termOfTier(stringAt(source, tier)) : undefined
}
