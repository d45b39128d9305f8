// What this build is able to do, as main lists it: control must not know guards, providers or strategies
// themselves.

import type { z } from 'zod'
import type { DestinationSection } from '../../contract/resource.ts'
import type { DestinationRule, PriceRow } from '../../contract/snapshot.ts'

export interface Kinds {
  /** What the modules of this build bring. A section without kinds is not accepted in the configuration. */
  destinations: Readonly<Partial<Record<DestinationSection, readonly DestinationKindInfo[]>>>
  credentials: readonly CredentialKindInfo[]
  guards: readonly GuardKindInfo[]
  strategies: readonly StrategyInfo[]
  /** What the catalog knows of a vendor's model. */
  lookup(vendor: string, model: string): KnownTarget | undefined
  /**
   * Checks a policy's condition; `labels` are those that it asks for, `fields` the declared fields that it
   * reads.
   */
  condition(source: string): {
    problems: readonly { offset: number; message: string; cure: string }[]
    labels: readonly { label: string; offset: number }[]
    fields: readonly { path: string; offset: number }[]
  }
}

export interface DestinationKindInfo {
  kind: string
  title?: string
  /** Where it lives when no `url` is given; absent: `url` is needed. */
  baseUrl?: string
  /** The environment variable in which its key usually lies. */
  keyName?: string
  /** The one in which its address usually lies, where every customer has one of his own. */
  addressName?: string
  /** Kind of credential that a bare `key` means; `none`: it needs no key. */
  credential: string
  /** Settings of that credential: the header that the vendor reads. */
  credentialSettings?: Readonly<Record<string, string>>
  options: z.ZodType
  /** Where the catalog has one of its models. Absent: it has none. */
  inCatalog?(
    rule: Pick<DestinationRule, 'baseUrl' | 'options'>,
    model: string,
  ): { vendor: string; model: string } | undefined
  /** Does it bill the calls itself and report with each what it cost? */
  reportsCost?(rule: Pick<DestinationRule, 'baseUrl' | 'options'>): boolean
  /** The one name of a model that has several. */
  canonicalModel?(rule: Pick<DestinationRule, 'baseUrl' | 'options'>, model: string): string
  /** What is wrong with an address and options that are right each for itself. */
  mistake?(
    rule: Pick<DestinationRule, 'baseUrl' | 'options'>,
  ): { at: 'url' | 'options'; message: string; cure: string; severity?: 'warning' } | undefined
}

export const kindOf = (
  { destinations }: Pick<Kinds, 'destinations'>,
  { section, kind }: Pick<DestinationRule, 'section' | 'kind'>,
) => destinations[section]?.find((candidate) => candidate.kind === kind)

interface CredentialKindInfo {
  kind: string
  /** Of the whole block, `kind` included; secrets are texts in it. */
  schema: z.ZodObject
  /** Its fields that are secrets; the rest is settings. */
  secrets: readonly string[]
}

interface StrategyInfo {
  name: string
  /** How it orders targets: the end of a sentence. */
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
