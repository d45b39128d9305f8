// The record of an exchange: one wide event. Ledger, usage, metrics and console derive from it. It never
// contains content or secrets.

import type { ErrorCode } from './errors.ts'
import type { Loss } from './response.ts'
import type { RunMark } from './run.ts'
import type { OperationKind, ResourceKind } from './resource.ts'
import type { Finish, Usage } from './usage.ts'

/**
 * How a cost was determined. `reported`: the provider's own price; `usage`: its counts; `bound`: at least one
 * attempt was charged at its bound, because nothing better was known; `forgiven`: one attempt failed at the
 * vendor and was not charged at its bound; `estimated`: we counted tokens; `free`: not sent, or an error that
 * is not billed.
 */
export type CostBasis = 'reported' | 'usage' | 'estimated' | 'forgiven' | 'bound' | 'free'

export type Outcome = 'ok' | 'refused' | 'failed' | 'canceled' | 'cut'

export interface ExchangeRecord {
  /** UUIDv7. */
  id: string
  /** Milliseconds since the epoch, when the exchange opened. */
  at: number
  kind: OperationKind
  /**
   * `reverse`: the upstream asked the client. Absent on records of earlier builds, which knew `forward` only.
   */
  direction?: 'forward' | 'reverse'
  resource: { kind: ResourceKind; name: string }
  dialect: string
  isStream: boolean
  /** The exchange that this one is part of. */
  parent?: string
  /** How many exchanges it is nested in. Absent: none. */
  depth?: number
  run?: string
  /** The principal that acted: `kind:issuer:subject`. */
  principal?: string
  key?: string
  person?: string
  workload?: string
  team?: string
  teamPath?: readonly string[]
  tags?: Readonly<Record<string, string>>
  address?: string
  outcome: Outcome
  /** The client's status. 499: it disconnected first. */
  status: number
  code?: ErrorCode
  /** The limit, budget, guard, policy or grant that decided, if one did. */
  rule?: string
  /** The approval that let it pass, or that it waits for. */
  approval?: string
  /** The target that served the response. */
  target?: string
  /** The provider, server or agent of that target. */
  destination?: string
  upstreamModel?: string
  upstreamId?: string
  finish?: Finish
  /**
   * Of the attempt that served the response, or the last one with usage. `attempts` has the usage of the
   * others.
   */
  usage?: Usage
  /** Nano-dollars over all attempts as a decimal string; absent: unknown price. */
  costNano?: string
  costBasis?: CostBasis
  isBoundBroken?: boolean
  /** Nano-dollars that were forgiven. */
  forgivenNano?: string
  attempts: readonly AttemptRecord[]
  findings?: Findings
  /** Further facts that request policies read. Absent: no policy was evaluated. */
  facts?: PolicyFacts
  /** Policies that applied, with their effects. */
  policies?: readonly { name: string; effect: string }[]
  /** Whether a rule changed the request or the response. */
  isRedacted?: boolean
  losses?: readonly Loss[]
  /** The amount that was charged to each bucket. */
  charges?: readonly Charge[]
  requestBytes: number
  replyBytes: number
  times: Times
  /** The version of the rules that decided. */
  snapshot?: string
  /** Some members were left out, because the record did not fit a journal line. Money is never left out. */
  isTrimmed?: boolean
  /**
   * The number of anonymous refusals of one kind, within ten seconds, that this record represents. Absent:
   * one.
   */
  repeats?: number
}

/** Label → count. */
export type FindingCounts = Readonly<Record<string, number>>

/** The guards' findings, by side. */
export interface Findings {
  request?: FindingCounts
  response?: FindingCounts
  /** Of records of earlier builds, which did not record the side. */
  unphased?: FindingCounts
}

/**
 * Facts of a request that policies read and that are not elsewhere on the record, so that recorded traffic
 * can be replayed against another policy: names, counts and sizes, never texts or values. A condition that
 * reads anything else is unknown in a replay.
 */
export interface PolicyFacts {
  maxOutputTokens?: number
  /**
   * Names of the tools that the caller offered, the first 64; longer ones than 64 characters are cut and end
   * in `…`.
   */
  tools?: readonly string[]
  /** The number of tools, if `tools` names only some of them. */
  toolCount?: number
  /** Kinds of media in the request. */
  media?: readonly string[]
  /** Names of the claims that the caller presented, never their values. */
  claims?: readonly string[]
  /** Traits that each target of the resource had. Absent on records of earlier builds: unknown. */
  traits?: readonly string[]
  /** The earlier calls of the run. Absent on records of earlier builds: unknown. Absent members are zero. */
  run?: PolicyRun
}

export interface PolicyRun {
  calls?: number
  tokens?: number
  /** A decimal string. */
  costNano?: string
  /** ms since the epoch. Absent: it began with this exchange. */
  startedAt?: number
  /** Labels. */
  findings?: readonly string[]
  marks?: readonly RunMark[]
}

/** Earlier builds had one count of findings per label, without the side. */
export function withFindingsBySide(record: ExchangeRecord): ExchangeRecord {
  const { findings } = record
  if (!findings || Object.values(findings).some((counts) => typeof counts !== 'number')) return record
  // Every value is a number, so it is a map of counts.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { ...record, findings: { unphased: findings as FindingCounts } }
}

/** Milliseconds since the exchange opened. */
export interface Times {
  /**
   * The time before the first attempt was sent, including the journal's write. The whole time if none was
   * sent.
   */
  gateMs: number
  firstByteMs?: number
  firstTokenMs?: number
  totalMs: number
}

export interface AttemptRecord {
  number: number
  target: string
  startedMs: number
  endedMs: number
  outcome: 'ok' | 'failed' | 'canceled' | 'not-sent'
  status?: number
  code?: ErrorCode
  /** The kind of upstream fault, which triggered a retry or fallback. */
  fault?: string
  usage?: Usage
  costNano?: string
  /** Nano-dollars that were forgiven. */
  forgivenNano?: string
  costBasis?: CostBasis
  /** The cost by our price list, if the provider reported a cost that differs by more than 1 %. */
  listedNano?: string
  /** The reported cost and our price list disagree by more than 1 %. */
  isCostDisputed?: boolean
}

/** Amounts are decimal strings: nano-dollars, or tokens for token budgets. */
export interface Charge {
  bucket: string
  window: string
  amount: string
  /** How the amount was found, if not by the vendor's own usage. */
  basis?: 'bound' | 'estimated'
  /**
   * The difference between the amount and the bound, for a call that failed at the vendor. The vendor may
   * have billed it.
   */
  forgiven?: string
  /** The epoch of the hold that paid. Absent for soft budgets, which have no holds. */
  epoch?: number
}
