// What the catalog says of a model, and how an entry of it looks.

import type { PriceRow } from '../../../contract/snapshot.ts'

export interface KnownModel {
  /** Dated, oldest first. */
  prices: readonly PriceRow[]
  contextWindow?: number
  maxOutputTokens?: number
}

/**
 * One entry of the catalog. Names are in lower case; `*` at an end stands for any run of characters, `#` for
 * one digit.
 */
export interface CatalogModel {
  names: readonly string[]
  /** Patterns of names that are meant by another entry. */
  except?: readonly string[]
  contextWindow?: number
  prices: readonly PriceRow[]
}
