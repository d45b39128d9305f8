// The catalog's facts about a model, and the form of its entries.

import type { PriceRow } from '../../../contract/snapshot.ts'

export interface KnownModel {
  /** By date, oldest first. */
  prices: readonly PriceRow[]
  contextWindow?: number
  maxOutputTokens?: number
}

/**
 * One entry of the catalog. Names are in lower case. `*` at an end matches any characters, `#` matches one
 * digit.
 */
export interface CatalogModel {
  names: readonly string[]
  /** Patterns of names that belong to another entry. */
  except?: readonly string[]
  contextWindow?: number
  prices: readonly PriceRow[]
}
