// What a kind of provider is: one row or folder of this room. Kinds don't know each other; index.ts lists
// them.

import type { z } from 'zod'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { Dial } from '../../../contract/upstream.ts'
import type { Clock } from '../../../kit/clock.ts'
import type { Random } from '../../../kit/id.ts'
import type { Provider } from '../provider.ts'

export interface ProviderKind {
  /** As the configuration names it. */
  kind: string
  /** For people. */
  title: string
  /** Where it lives when the configuration gives no `url`. Absent: the configuration has to. */
  baseUrl?: string
  /** The environment variable in which its key usually lies. */
  keyName?: string
  /**
   * The one in which its address usually lies, for vendors where every customer has an address of his own.
   */
  addressName?: string
  /** Kind of credential that a bare `key` in the configuration means; `none`: it needs no key. */
  credential: 'bearer' | 'none'
  /** Settings of that credential: the header that the vendor reads. */
  credentialSettings?: Readonly<Record<string, string>>
  /** `options` of a provider; the descriptions are the manual. */
  options: z.ZodType<Readonly<Record<string, unknown>>>
  /** Models that it has without being asked. */
  models?: readonly string[]
  /**
   * Whose prices and limits one of its models has in the catalog, and by which name there; undefined:
   * nobody's that we know.
   */
  inCatalog(rule: Place, model: string): CatalogName | undefined
  /** Does it bill the calls itself and report with each what it cost? Absent: no. */
  reportsCost?(rule: Place): boolean
  /**
   * The one name that grants, policies, prices, breakers and records use for a model that the provider knows
   * under several. Absent: every name is its own.
   */
  canonicalModel?(rule: Place, model: string): string
  /**
   * Other names whose deny closes the model, too: what an administrator may have written for it, and the
   * model that a variant runs.
   */
  otherNames?(rule: Place, model: string): readonly string[]
  /** What is wrong with an address and options that are right each for itself. */
  mistake?(rule: Place): KindMistake | undefined
  create(rule: DestinationRule, means: Means): Provider
}

/** What is known of a provider before it is made. */
export type Place = Pick<DestinationRule, 'baseUrl' | 'options'>

export interface CatalogName {
  vendor: string
  model: string
}

export interface KindMistake {
  at: 'url' | 'options'
  message: string
  fix: string
  /** `warning`: it works, and is probably not what was meant. Absent: an error. */
  severity?: 'warning'
}

/** Its models have the names that their vendor's catalog has. */
export const catalogOf =
  (vendor: string): ProviderKind['inCatalog'] =>
  (_rule, model) => ({ vendor, model })

/** What providers need of the world. */
export interface Means {
  dial: Dial
  clock: Clock
  random: Random
}
