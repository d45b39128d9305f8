// Terms of a call (`flex`, `priority`, `geo-us`) multiply the rates of its tokens.

import type { PriceRow } from '../../contract/snapshot.ts'
import { one } from './sum.ts'

/**
 * Millionths. A discount without a known factor costs the plain rate, which is an upper bound; any other term
 * is unknown then (`undefined`).
 */
export function factorOf(terms: readonly string[] | undefined, row: PriceRow): number | undefined {
  let factor = one
  for (const term of terms ?? []) {
    const own = row.factors && Object.hasOwn(row.factors, term) ? row.factors[term] : undefined
    const known = own ?? (discounts.has(term) ? one : undefined)
    if (known === undefined) return undefined
    factor = factor === one ? known : Math.ceil((factor * known) / one)
  }
  return factor
}

const discounts: ReadonlySet<string> = new Set(['flex', 'batch'])
