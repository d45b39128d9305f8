// The compiled rules that gateways run on: plain data, immutable, named by content hash, safe to write to
// disk. control/compile.ts makes it, gateway/provision.ts turns it into what runs.

import type { DestinationSection, GrantKind, ResourceKind } from './resource.ts'

export interface Snapshot {
  /** First 16 hex digits of the SHA-256 of the rest. */
  version: string
  /** ms since the epoch; not part of the hash. */
  compiledAt: number
  /** Providers, MCP servers and agents, in one namespace. */
  destinations: Readonly<Record<string, DestinationRule>>
  /**
   * Every target that a model or a price names, by `destination/name`; others are made on demand from the
   * destination's defaults.
   */
  targets: Readonly<Record<string, TargetRule>>
  /**
   * Prices by pattern, for targets that are made on demand; the first that matches counts. Absent: there are
   * none.
   */
  prices?: readonly PriceRule[]
  models: Readonly<Record<string, ModelRule>>
  teams: Readonly<Record<string, TeamRule>>
  /** Absent in snapshots of earlier builds. */
  workloads?: Readonly<Record<string, WorkloadRule>>
  people?: Readonly<Record<string, PersonRule>>
  guards: readonly GuardRule[]
  policies: readonly PolicyRule[]
  limits: ServerLimits
  /** Of models that set none of their own, and of targets that are called by their own name. */
  retry: RetryRule
  /**
   * When a run is over, and how long its spending is remembered. Absent in snapshots of earlier builds: a
   * day, 90 days.
   */
  runs?: {
    idleMs: number
    keepMs: number /** Calls that may run at once within one call. Absent: 8. */
    children?: number
  }
  /** How long records are kept where a team says nothing. Absent in snapshots of earlier builds: 90 days. */
  records?: { keepMs: number }
  responses: ResponsesRule
  /** With no configuration file: bare vendor names go to the ready provider that the catalog names. */
  acceptsBareVendorNames: boolean
  /** Is a reply drained for its usage when the client leaves, and for how long? */
  drainOnClientGoneMs: number
}

/** A secret in the snapshot: a reference, or ciphertext under this installation's key. Never clear text. */
export type SecretRef =
  | { kind: 'env'; name: string }
  | { kind: 'file'; path: string }
  | { kind: 'sealed'; sealed: string }

/** Where calls go: an account at a vendor, a server of tools, an agent. */
export interface DestinationRule extends OwnRules {
  name: string
  /** Where it is configured. */
  section: DestinationSection
  /** The kind of resource that it offers. */
  serves: ResourceKind
  /**
   * `openai`, `openai-compatible`, `demo`; the module of traffic/ that brings the kind knows what it means.
   */
  kind: string
  baseUrl: string
  credential: CredentialRule
  /** Added to every request. */
  headers: Readonly<Record<string, string>>
  traits: readonly string[]
  capacity?: { concurrent?: number }
  timeouts: Timeouts
  /**
   * May callers name things that live in the account (files, containers, stored prompts)? Only if all of them
   * may see the same. Absent: no.
   */
  sharesState?: boolean
  /**
   * May the base URL point to private or loopback addresses? Decided by who wrote the URL: the operator's
   * file may.
   */
  allowsPrivateAddress: boolean
  /** Settings of the kind, validated by its schema. */
  options: Readonly<Record<string, unknown>>
  /** Why it cannot be used, if it cannot (`OPENAI_API_KEY is not set`). */
  notReady?: string
}

/** `kind` names a file of upstream/credentials/; the rest is its own. */
export interface CredentialRule {
  kind: string
  secrets: Readonly<Record<string, SecretRef>>
  settings: Readonly<Record<string, string>>
}

export interface TargetRule {
  /** `provider/model` */
  id: string
  provider: string
  /** The vendor's name of the model. */
  model: string
  traits: readonly string[]
  /** Dated, oldest first; empty: unknown price. */
  prices: readonly PriceRow[]
  /**
   * The provider bills the calls itself and says with each what it cost (a reseller): that is the cost, and
   * its fees have no bound.
   */
  reportsCost?: boolean
  contextWindow?: number
  maxOutputTokens?: number
}

/**
 * Nano-dollars per million tokens (`$0.25` per million is 250_000_000), fees in nano-dollars per unit. What a
 * call uses and the row does not name has an unknown price, which is never zero; only the rates of kinds of
 * tokens (cache, audio) have the plain rate instead.
 */
export interface PriceRow {
  /** ms since the epoch from which it holds; absent: always. */
  from?: number
  /** Whatever a call uses costs nothing, named or not. */
  isFree?: boolean
  /** Absent: it has no price for tokens of input. */
  input?: number
  /** Absent: it has no price for tokens of output. */
  output?: number
  cacheRead?: number
  cacheWrite?: number
  cacheWriteLong?: number
  /** Kept for twelve hours. Absent: unknown, and so is what such a call costs. */
  cacheWrite12h?: number
  inputAudio?: number
  outputAudio?: number
  /** Per request. Absent: a request costs nothing by itself. */
  request?: number
  /** By the unit that `Usage.fees` counts: `web_search`, `image`, `second`. */
  fees?: Readonly<Record<string, number>>
  /** By what the rates of tokens are multiplied on these terms (`flex`, `priority`), in millionths. */
  factors?: Readonly<Record<string, number>>
  /** Rates for calls whose input exceeds `above` tokens: they replace the plain ones for the whole call. */
  tiers?: readonly ({ above: number } & Partial<
    Omit<PriceRow, 'from' | 'isFree' | 'tiers' | 'fees' | 'factors'>
  >)[]
}

/** An own price of the targets that a name or glob stands for. */
export interface PriceRule {
  targets: string
  row: PriceRow
}

export type FallbackTrigger =
  | 'error'
  | 'timeout'
  | 'rate-limit'
  | 'context-window'
  | 'content-policy'
  | 'credential'
  | 'cost'

export interface ModelRule extends OwnRules {
  name: string
  strategy: string
  targets: readonly { target: string; weight: number }[]
  fallbackOn: readonly FallbackTrigger[]
  retry: RetryRule
}

/**
 * How an operation on a resource is served: at which targets, in which order, and what happens when one
 * fails. A model is its own plan.
 */
export interface Plan extends ModelRule {
  kind: ResourceKind
}

/** Tries at one target, the first included, and the time in which a further try may start. */
export interface RetryRule {
  attempts: number
  withinMs: number
}

export interface TeamRule {
  name: string
  /** Itself and its ancestors, nearest first. */
  path: readonly string[]
  grant: GrantRule
  tags: Readonly<Record<string, string>>
  limits?: LimitRule
  budgets: readonly BudgetRule[]
  /** How long records of the team and of those below it are kept. */
  keepRecordsMs?: number
}

/** A program that calls; which team it belongs to, its keys say. */
export interface WorkloadRule {
  name: string
  /** In a run of another principal: does it use its own grants alone? Absent: what both may use. */
  actsAsItself?: boolean
  limits?: LimitRule
  budgets: readonly BudgetRule[]
}

/** What a person may use beyond the team, and how much. */
export interface PersonRule extends WorkloadRule {
  grant: GrantRule
}

/** Globs: `*` stays within a part; what follows the first slash is one part. */
export interface GrantRule {
  allow: Readonly<Partial<Record<GrantKind, readonly string[]>>>
  deny: Readonly<Partial<Record<GrantKind, readonly string[]>>>
}

export interface Rate {
  amount: number
  perMs: number
}

export interface LimitRule {
  requests?: Rate
  tokens?: Rate
  concurrent?: number
  run?: RunLimitRule
  /** Rates that each value has for itself. */
  each?: readonly { each: BudgetEach; requests?: Rate; tokens?: Rate }[]
}

/** What one run may do. Its money and tokens are budgets `per: run`. */
export interface RunLimitRule {
  calls?: number
  /** Calls within calls; 0: none. */
  depth?: number
  /** From its first call to the beginning of its last one. */
  timeMs?: number
}

export type BudgetPeriod = 'hour' | 'day' | 'week' | 'month' | 'year' | 'total' | 'run'

/** What a budget counts apart: callers, what they ask for, or the values of a tag. */
export type BudgetEach = 'key' | 'person' | 'workload' | 'resource' | `tag:${string}`

export interface BudgetRule {
  /** `team/research/month/usd`: stable over edits of the amount, so that spending carries over. */
  id: string
  unit: 'usd' | 'tokens'
  /** Nano-dollars or tokens, a decimal string. */
  amount: string
  per: BudgetPeriod
  /** IANA zone in which the windows begin. */
  zone: string
  isHard: boolean
  /**
   * Hard only: calls without an upper bound get their output limit lowered to what is left instead of a
   * refusal.
   */
  capsOutput: boolean
  /** Each value has the whole amount for itself. Never with `run` or `total`. Absent: all calls share it. */
  each?: BudgetEach
}

/** Limits and budgets that something has for itself. */
export interface OwnRules {
  limits?: LimitRule
  budgets?: readonly BudgetRule[]
}

export type Phase = 'request' | 'response'
/** Who wrote a text: the caller of the gateway, or what it calls. */
export type Origin = 'caller' | 'upstream'

/** For which traffic a guard or policy is meant. */
export interface TrafficScope {
  on: readonly Phase[]
  /** Kinds of traffic. Absent: all. */
  for?: readonly GrantKind[]
  /** Whose texts. Absent: everybody's. */
  from?: readonly Origin[]
}

/** Where a hidden value is given back beyond texts for people. */
export type RestorePlace = 'arguments' | 'urls'
export type GuardAction = 'block' | 'redact' | 'restore' | 'flag' | 'label'

export interface GuardRule extends TrafficScope {
  name: string
  /** File of gateway/inspect/guards/. */
  kind: string
  /** `label`: only reports, for policies to act on. */
  action: GuardAction
  /** Of `restore`. Absent: in texts for people only. */
  restoreIn?: readonly RestorePlace[]
  /** `closed-for-text` lets media pass, which no guard can read. */
  onError: 'closed' | 'closed-for-text' | 'open'
  timeoutMs: number
  options: Readonly<Record<string, unknown>>
}

export type PolicyEffect =
  | { kind: 'deny'; message?: string }
  /** Ends the call until somebody has approved it; the same call then passes once. */
  | { kind: 'ask'; message?: string }
  | { kind: 'only'; targets: readonly string[]; traits: readonly string[] }
  | { kind: 'redact'; labels: readonly string[] }
  | { kind: 'restore'; labels: readonly string[]; restoreIn?: readonly RestorePlace[] }
  | { kind: 'flag' }

export interface PolicyRule extends TrafficScope {
  name: string
  /** CEL over the fields that decide.ts declares. */
  when: string
  then: PolicyEffect
}

/** What the gateway keeps of responses, so that callers can refer to them. */
export interface ResponsesRule {
  /** How long; 0: nothing is kept. */
  keepMs: number
  bytesPerKey: number
  totalBytes: number
  /** May vendors keep them too, as callers ask (`store`)? Nobody can refer to theirs. */
  storesUpstream: boolean
}

export interface ServerLimits {
  bodyBytes: number
  /** All bodies that are arriving or waiting for their answer together. */
  bodiesBytes: number
  depth: number
  /** Calls in flight over all doors; beyond it `overloaded`. */
  inFlight: number
  /** The whole body must be here by then. */
  bodyMs: number
}

/** Milliseconds; 0 switches a clock off. */
export interface Timeouts {
  connectMs: number
  firstTokenMs: number
  idleMs: number
  totalMs: number
}
