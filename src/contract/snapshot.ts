// The compiled rules that gateways run on: plain data, immutable, named by content hash, safe to write to
// disk. control/compile.ts makes it; gateway/provision.ts creates the running parts from it.

import type { DestinationSection, GrantKind, ResourceKind } from './resource.ts'

export interface Snapshot {
  /** First 16 hex digits of the SHA-256 of the rest. */
  version: string
  /** ms since the epoch; not part of the hash. */
  compiledAt: number
  /** Providers, MCP servers and agents, in one namespace. */
  destinations: Readonly<Record<string, DestinationRule>>
  /**
   * Every target that a model or a price names, by `destination/name`. Others are created on demand from the
   * destination's defaults.
   */
  targets: Readonly<Record<string, TargetRule>>
  /** Prices by pattern, for targets that are created on demand. The first match counts. Absent: none. */
  prices?: readonly PriceRule[]
  models: Readonly<Record<string, ModelRule>>
  teams: Readonly<Record<string, TeamRule>>
  /** Absent in snapshots of earlier builds. */
  workloads?: Readonly<Record<string, WorkloadRule>>
  people?: Readonly<Record<string, PersonRule>>
  guards: readonly GuardRule[]
  policies: readonly PolicyRule[]
  limits: ServerLimits
  /** For models that set none, and for targets that are called by their own name. */
  retry: RetryRule
  /**
   * When a run ends, and how long its spending is remembered. Absent in snapshots of earlier builds: a day,
   * 90 days.
   */
  runs?: {
    idleMs: number
    keepMs: number /** Calls that may run at once within one call. Absent: 8. */
    children?: number
  }
  /** How long records are kept, unless a team sets it. Absent in snapshots of earlier builds: 90 days. */
  records?: { keepMs: number }
  responses: ResponsesRule
  /**
   * Without a configuration file: a vendor's model name without a provider goes to the ready provider that
   * the catalog names.
   */
  acceptsBareVendorNames: boolean
  /** How long a response is read on for its usage after the client disconnected. 0: not at all. */
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
  /** The kind of resource that it serves. */
  serves: ResourceKind
  /**
   * `openai`, `openai-compatible`, `demo`; the module of traffic/ that defines the kind knows its meaning.
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
   * Whether callers may name objects in the vendor's account (files, containers, stored prompts). Allow it
   * only if all callers may see the same objects. Absent: no.
   */
  sharesState?: boolean
  /** Whether the base URL may point to private or loopback addresses. The configuration file may use them. */
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
   * The provider reports the cost of each call (a reseller). That cost is charged, and its fees have no
   * bound.
   */
  reportsCost?: boolean
  contextWindow?: number
  maxOutputTokens?: number
}

/**
 * Nano-dollars per million tokens (`$0.25` per million is 250_000_000), fees in nano-dollars per unit. If a
 * call uses something that the row does not name, its price is unknown, which is never zero. Only special
 * token kinds (cache, audio) use the plain rate instead.
 */
export interface PriceRow {
  /** ms since the epoch: the start of its validity. Absent: always valid. */
  from?: number
  /** Everything that a call uses is free, named or not. */
  isFree?: boolean
  /** Absent: no price for input tokens. */
  input?: number
  /** Absent: no price for output tokens. */
  output?: number
  cacheRead?: number
  cacheWrite?: number
  cacheWriteLong?: number
  /** For cache entries of twelve hours. Absent: unknown, and so is the cost of such a call. */
  cacheWrite12h?: number
  inputAudio?: number
  outputAudio?: number
  /** Per request. Absent: a request costs nothing by itself. */
  request?: number
  /** By the unit that `Usage.fees` counts: `web_search`, `image`, `second`. */
  fees?: Readonly<Record<string, number>>
  /** Factors for token rates on these terms (`flex`, `priority`), in millionths. */
  factors?: Readonly<Record<string, number>>
  /** Rates for calls whose input exceeds `above` tokens: they replace the plain ones for the whole call. */
  tiers?: readonly ({ above: number } & Partial<
    Omit<PriceRow, 'from' | 'isFree' | 'tiers' | 'fees' | 'factors'>
  >)[]
}

/** A price for the targets that a name or glob matches. */
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
 * How an operation is served: its targets, their order, and the fallback when one fails. A model is its own
 * plan.
 */
export interface Plan extends ModelRule {
  kind: ResourceKind
}

/** Tries at one target, including the first, and the time within which another try may start. */
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
  /** How long records of the team and of the teams below it are kept. */
  keepRecordsMs?: number
}

/** A program that calls. Its keys name its team. */
export interface WorkloadRule {
  name: string
  /** Whether it uses only its own grants in a run of another principal. Absent: only what both may use. */
  actsAsItself?: boolean
  limits?: LimitRule
  budgets: readonly BudgetRule[]
}

/** Rules of a person: further grants, limits and budgets. */
export interface PersonRule extends WorkloadRule {
  grant: GrantRule
}

/** Globs: `*` stays within a part; everything after the first slash is one part. */
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
  /** Rates per value. */
  each?: readonly { each: BudgetEach; requests?: Rate; tokens?: Rate }[]
}

/** Limits of one run. For its money and tokens, set a budget `per: run`. */
export interface RunLimitRule {
  calls?: number
  /** Calls within calls; 0: none. */
  depth?: number
  /** From the start of its first call to the start of its last one. */
  timeMs?: number
}

export type BudgetPeriod = 'hour' | 'day' | 'week' | 'month' | 'year' | 'total' | 'run'

/** What a budget counts separately: callers, resources, or the values of a tag. */
export type BudgetEach = 'key' | 'person' | 'workload' | 'resource' | `tag:${string}`

export interface BudgetRule {
  /** `team/research/month/usd`: stable over edits of the amount, so that spending carries over. */
  id: string
  unit: 'usd' | 'tokens'
  /** Nano-dollars or tokens, a decimal string. */
  amount: string
  per: BudgetPeriod
  /** IANA time zone of the windows. */
  zone: string
  isHard: boolean
  /**
   * Hard only: calls without an upper bound get their output limit lowered to what is left instead of a
   * refusal.
   */
  capsOutput: boolean
  /**
   * Each value has the whole amount. Not possible with `run` or `total`. Absent: all calls share the amount.
   */
  each?: BudgetEach
}

/** The own limits and budgets of a configuration entry. */
export interface OwnRules {
  limits?: LimitRule
  budgets?: readonly BudgetRule[]
}

export type Phase = 'request' | 'response'
/** The author of a text: the caller of the gateway, or the upstream. */
export type Origin = 'caller' | 'upstream'

/** The traffic that a guard or policy applies to. */
export interface TrafficScope {
  on: readonly Phase[]
  /** Kinds of traffic. Absent: all. */
  for?: readonly GrantKind[]
  /** The authors of the texts. Absent: all. */
  from?: readonly Origin[]
}

/** Where a redacted value is restored, in addition to texts for people. */
export type RestorePlace = 'arguments' | 'urls'
export type GuardAction = 'block' | 'redact' | 'restore' | 'flag' | 'label'

export interface GuardRule extends TrafficScope {
  name: string
  /** File of gateway/inspect/guards/. */
  kind: string
  /** `label`: only reports, for policies to act on. */
  action: GuardAction
  /** For `restore`. Absent: in texts for people only. */
  restoreIn?: readonly RestorePlace[]
  /** `closed-for-text` lets media pass, which guards cannot read. */
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

/** How the gateway stores responses, so that callers can refer to them. */
export interface ResponsesRule {
  /** How long; 0: nothing is kept. */
  keepMs: number
  bytesPerKey: number
  totalBytes: number
  /**
   * Whether vendors may also store them if callers ask for it (`store`). Callers cannot refer to the vendor's
   * copy.
   */
  storesUpstream: boolean
}

export interface ServerLimits {
  bodyBytes: number
  /** Total bytes of the bodies of all running calls. */
  bodiesBytes: number
  depth: number
  /** Running calls of all endpoints. More are refused with `overloaded`. */
  inFlight: number
  /** Time in which the whole body must arrive. */
  bodyMs: number
}

/** Milliseconds. 0 disables a timeout. */
export interface Timeouts {
  connectMs: number
  firstTokenMs: number
  idleMs: number
  totalMs: number
}
