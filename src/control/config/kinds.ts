// The abilities of this build, which main lists. Control must not know guards, providers or strategies
// themselves.

import type { z } from 'zod'
import type { DestinationSection } from '../../contract/resource.ts'
import type { DestinationRule, PriceRow } from '../../contract/snapshot.ts'

export interface Kinds {
  /** The kinds of the modules of this build. The configuration accepts no section without kinds. */
  destinations: Readonly<Partial<Record<DestinationSection, readonly DestinationKindInfo[]>>>
  credentials: readonly CredentialKindInfo[]
  guards: readonly GuardKindInfo[]
  strategies: readonly StrategyInfo[]
  /** Finds a vendor's model in the catalog. */
  lookup(vendor: string, model: string): KnownTarget | undefined
  /**
   * Checks a policy's condition. `labels` and `fields` are the labels and the declared fields that the condition
   * reads.
   */
  condition(source: string): {
    problems: readonly { offset: number; message: string; fix: string }[]
    labels: readonly { label: string; offset: number }[]
    fields: readonly { path: string; offset: number }[]
  }
}

export interface DestinationKindInfo {
  kind: string
  title?: string
  /** The default of `url`. If it is absent, `url` is required. */
  baseUrl?: string
  /** The usual environment variable of its key. */
  keyName?: string
  /** The usual environment variable of its address, for vendors with an address per customer. */
  addressName?: string
  /** The kind of credential that `key` configures; `none` if it needs no key. */
  credential: string
  /** Settings of that credential, such as the header that the vendor reads. */
  credentialSettings?: Readonly<Record<string, string>>
  options: z.ZodType
  /** Finds one of its models in the catalog. Absent if the catalog has none of them. */
  inCatalog?(
    rule: Pick<DestinationRule, 'baseUrl' | 'options'>,
    model: string,
  ): { vendor: string; model: string } | undefined
  /** Does it bill the calls itself, and report the cost of each? */
  reportsCost?(rule: Pick<DestinationRule, 'baseUrl' | 'options'>): boolean
  /** Returns the canonical name of a model that has several names. */
  canonicalModel?(rule: Pick<DestinationRule, 'baseUrl' | 'options'>, model: string): string
  /** Checks an address and options that are valid separately but may be wrong together. */
  mistake?(
    rule: Pick<DestinationRule, 'baseUrl' | 'options'>,
  ): { at: 'url' | 'options'; message: string; fix: string; severity?: 'warning' } | undefined
}

export const kindOf = (
  { destinations }: Pick<Kinds, 'destinations'>,
  { section, kind }: Pick<DestinationRule, 'section' | 'kind'>,
) => destinations[section]?.find((candidate) => candidate.kind === kind)

interface CredentialKindInfo {
  kind: string
  /** The schema of the whole block, including `kind`. Secrets are strings in it. */
  schema: z.ZodObject
  /** The names of its secret fields. The others are settings. */
  secrets: readonly string[]
}

interface StrategyInfo {
  name: string
  /** How it orders targets, as the end of a sentence. */
  meaning: string
}

interface GuardKindInfo {
  kind: string
  options: z.ZodType
  /** Every label that it may report with these options. */
  labels(options: unknown): readonly string[]
}

interface KnownTarget {
  prices: readonly PriceRow[]
  contextWindow?: number
  maxOutputTokens?: number
}
