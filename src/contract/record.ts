// The one wide event that an exchange leaves. Ledger, usage, metrics and console derive from it; it never
// holds content or secrets.

import type { ErrorCode } from './errors.ts'
import type { Loss } from './response.ts'
import type { RunMark } from './run.ts'
import type { OperationKind, ResourceKind } from './resource.ts'
import type { Finish, Usage } from './usage.ts'

/**
 * How a cost was found. `reported`: the provider's own price; `usage`: its counts; `bound`: at least one
 * attempt was charged at its bound because nothing better was known; `forgiven`: one failed at the vendor's
 * end and was not charged at its bound; `estimated`: we counted tokens; `free`: not sent, or an error that is
 * not billed.
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
  /** The exchange within which this one was opened. */
  parent?: string
  /** How many exchanges this one lies within. Absent: none. */
  depth?: number
  run?: string
  /** Who acted: `kind:issuer:subject`. */
  principal?: string
  key?: string
  person?: string
  workload?: string
  team?: string
  teamPath?: readonly string[]
  tags?: Readonly<Record<string, string>>
  address?: string
  outcome: Outcome
  /** Status that the client saw (499 when it left first). */
  status: number
  code?: ErrorCode
  /** The limit, budget, guard, policy or grant that decided, if one did. */
  rule?: string
  /** The approval by which it passed, or for which it waits. */
  approval?: string
  /** Target of the attempt that answered. */
  target?: string
  /** Whose target that is: the provider, server or agent. */
  destination?: string
  upstreamModel?: string
  upstreamId?: string
  finish?: Finish
  /**
   * Of the attempt that answered, or the last that used any; what others used stands with them in `attempts`.
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
  /** What else policies of the request saw. Absent: no policy was asked. */
  facts?: PolicyFacts
  /** Policies that applied, with their effects. */
  policies?: readonly { name: string; effect: string }[]
  /** Did anything change the request or the response? */
  isRedacted?: boolean
  losses?: readonly Loss[]
  /** What was charged to which bucket. */
  charges?: readonly Charge[]
  requestBytes: number
  replyBytes: number
  times: Times
  /** Name of the configuration that decided. */
  snapshot?: string
  /** Parts were left out because the whole did not fit a line of the journal; money never is. */
  isTrimmed?: boolean
  /** This one record stands for so many: anonymous refusals of one kind within ten seconds. Absent: one. */
  repeats?: number
}

/** Label → count. */
export type FindingCounts = Readonly<Record<string, number>>

/** What guards found, by the side on which they found it. */
export interface Findings {
  request?: FindingCounts
  response?: FindingCounts
  /** Of records of an earlier build, which did not say on which side. */
  unphased?: FindingCounts
}

/**
 * What policies saw of a request that the record does not say already, so that recorded traffic can be asked
 * about another policy: names, counts and sizes, never texts or values. A condition that reads anything else
 * is unknown there.
 */
export interface PolicyFacts {
  maxOutputTokens?: number
  /**
   * Names of the tools that the caller offered, the first 64; longer ones than 64 characters are cut and end
   * in `…`.
   */
  tools?: readonly string[]
  /** How many tools there were, where `tools` names some of them only. */
  toolCount?: number
  /** Kinds of media in the request. */
  media?: readonly string[]
  /** Names of the claims that the caller presented, never their values. */
  claims?: readonly string[]
  /** Traits that each target of the resource had. Absent on records of earlier builds: unknown. */
  traits?: readonly string[]
  /**
   * What the run had done before. Absent on records of earlier builds: unknown. Members that are absent are
   * zero.
   */
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

/** Findings of earlier builds were one count per label, on whichever side. */
export function withFindingsBySide(record: ExchangeRecord): ExchangeRecord {
  const { findings } = record
  if (!findings || Object.values(findings).some((counts) => typeof counts !== 'number')) return record
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the values say that it is a map of counts
  return { ...record, findings: { unphased: findings as FindingCounts } }
}

/** Milliseconds since the exchange opened. */
export interface Times {
  /**
   * Everything before the first attempt was sent, the journal's write included; the whole time when none was.
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
  /** Kind of an upstream fault, the trigger that moved on. */
  fault?: string
  usage?: Usage
  costNano?: string
  /** Nano-dollars that were forgiven. */
  forgivenNano?: string
  costBasis?: CostBasis
  /** By our price list, where the provider reported another cost: more than 1 % away, or unknown to us. */
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
   * What lies between the amount and the bound of a call that failed at the vendor's end: the vendor may have
   * billed it.
   */
  forgiven?: string
  /** Epoch of the hold that paid; absent for soft budgets, which hold nothing. */
  epoch?: number
}
