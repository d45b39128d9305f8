// The cost of a call as providers report it. A reseller bills the cost that it reports. For other providers,
// it is only compared.
//   OpenRouter: `usage.cost`, US dollars. If the account uses its own vendor key (`is_byok`), this is only
//   OpenRouter's fee, and the vendor's price is in another member:
//     https://openrouter.ai/docs/use-cases/usage-accounting
//   Perplexity: `usage.cost.total_cost`, US dollars: https://docs.perplexity.ai/api-reference/chat-completions-post
//   xAI: `usage.cost_in_usd_ticks`, 10^10 to the dollar: https://docs.x.ai/developers/cost-tracking

import { booleanAt, numberAt } from '../../../kit/json-spans.ts'
import type { JsonSource } from '../../../kit/json-spans.ts'
import { innerFields } from './counts.ts'
import type { Fields } from '../../wire/field.ts'

const nanoPerDollar = 1_000_000_000
const ticksPerNano = 10

/**
 * @param usage members of `usage` @returns nano-dollars, rounded up. Undefined if no cost is reported.
 * @throws JsonFault for a repeated key
 */
export function reportedNano(source: JsonSource, usage: Fields): number | undefined {
  const ticks = amountIn(source, usage, 'cost_in_usd_ticks')
  if (ticks !== undefined) return whole(ticks / ticksPerNano)
  const dollars =
    amountIn(source, usage, 'cost') ?? amountIn(source, innerFields(source, usage, 'cost'), 'total_cost')
  if (dollars === undefined) return undefined
  return whole((dollars + ownKeyDollars(source, usage)) * nanoPerDollar)
}

/** The part that the vendor bills to the account's own key. */
function ownKeyDollars(source: JsonSource, usage: Fields): number {
  const isOwnKey = usage.get('is_byok')
  if (isOwnKey?.kind !== 'boolean' || !booleanAt(source, isOwnKey)) return 0
  return amountIn(source, innerFields(source, usage, 'cost_details'), 'upstream_inference_cost') ?? 0
}

function amountIn(source: JsonSource, fields: Fields, name: string): number | undefined {
  const span = fields.get(name)
  if (span?.kind !== 'number') return undefined
  const value = numberAt(source, span)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}

/** Doubles have noise far below a nano-dollar, which is not part of the price. */
function whole(nano: number): number {
  const rounded = Math.round(nano)
  return Math.min(Math.abs(nano - rounded) < 0.01 ? rounded : Math.ceil(nano), Number.MAX_SAFE_INTEGER)
}
