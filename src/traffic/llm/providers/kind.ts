// The definition of a kind of provider. Each kind is one row or folder here. Kinds are independent of each
// other, and index.ts lists them.

import type { z } from 'zod'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { Dial } from '../../../contract/upstream.ts'
import type { Clock } from '../../../kit/clock.ts'
import type { Random } from '../../../kit/id.ts'
import type { Provider } from '../provider.ts'

export interface ProviderKind {
  /** The name in the configuration. */
  kind: string
  /** The title in documentation and messages. */
  title: string
  /** The URL when the configuration has no `url`. Absent means that the configuration must have one. */
  baseUrl?: string
  /** The environment variable that usually holds its key. */
  keyName?: string
  /**
   * The environment variable that usually holds its address, for vendors where every customer has a separate
   * address.
   */
  addressName?: string
  /**
   * The kind of credential that a bare `key` in the configuration means. `none` means that no key is needed.
   */
  credential: 'bearer' | 'none'
  /** Settings of that credential: the header that the vendor reads. */
  credentialSettings?: Readonly<Record<string, string>>
  /** The schema of a provider's `options`. The manual derives from the descriptions. */
  options: z.ZodType<Readonly<Record<string, unknown>>>
  /** Models that are known without a request to the provider. */
  models?: readonly string[]
  /**
   * The vendor and name under which the catalog has the prices and limits of a model. Undefined if unknown.
   */
  inCatalog(rule: Place, model: string): CatalogName | undefined
  /** Does it bill the calls itself and report the cost of each? Absent means no. */
  reportsCost?(rule: Place): boolean
  /**
   * The canonical name that grants, policies, prices, breakers and records use for a model with several
   * names. Absent means that every name is a separate model.
   */
  canonicalModel?(rule: Place, model: string): string
  /**
   * Other names of the model. A deny for one of them also blocks the model. They are names that an
   * administrator may have written for it, and the model that a variant runs.
   */
  otherNames?(rule: Place, model: string): readonly string[]
  /** Reports an address and options that are each valid, but do not work together. */
  mistake?(rule: Place): KindMistake | undefined
  create(rule: DestinationRule, means: Means): Provider
}

/** The facts about a provider before it is created. */
export type Place = Pick<DestinationRule, 'baseUrl' | 'options'>

export interface CatalogName {
  vendor: string
  model: string
}

export interface KindMistake {
  at: 'url' | 'options'
  message: string
  fix: string
  /** `warning` means valid but probably unintended. Absent means an error. */
  severity?: 'warning'
}

/** For a provider whose models have the same names as in the vendor's catalog. */
export const catalogOf =
  (vendor: string): ProviderKind['inCatalog'] =>
  (_rule, model) => ({ vendor, model })

/** The services that providers use. */
export interface Means {
  dial: Dial
  clock: Clock
  random: Random
}
