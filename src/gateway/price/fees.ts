// Fees: what is priced by the unit (a search, an image, a second) and not by the token.

import type { PriceRow } from '../../contract/snapshot.ts'
import type { Usage } from '../../contract/usage.ts'
import { whole } from './sum.ts'

/** One search, counted in two units: the row says in which of them the model's are sold. */
const sameThing: Readonly<Record<string, string>> = { web_search: 'grounded_prompt', grounded_prompt: 'web_search' }

/** `undefined` means that something was counted that the row has no price for, which is not zero. */
export function feesOf({ fees }: Usage, row: PriceRow): bigint | undefined {
  let nano = 0n
  for (const name in fees) {
    const count = whole(fees[name])
    const fee = feeOf(row, name)
    if (fee !== undefined) nano += BigInt(count) * BigInt(fee)
    else if (count > 0) {
      const other = sameThing[name]
      if (other === undefined || !Object.hasOwn(fees, other) || feeOf(row, other) === undefined) return undefined
    }
  }
  return nano
}

const feeOf = ({ fees }: PriceRow, name: string): number | undefined => (fees && Object.hasOwn(fees, name) ? fees[name] : undefined)
