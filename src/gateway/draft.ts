// The record of an exchange while it is being written. One mutable object per call; `seal` makes it the
// record.

import type { GatewayError } from '../contract/errors.ts'
import type { AttemptRecord, Charge, ExchangeRecord, Outcome, PolicyFacts } from '../contract/record.ts'
import { destinationOf } from '../contract/resource.ts'
import type { Loss } from '../contract/response.ts'
import type { Finish, Usage } from '../contract/usage.ts'
import type { Reservation } from './admit/index.ts'
import type { Exchange } from './exchange.ts'
import type { OpenEntry, RecordBase } from './record/index.ts'

export interface Draft {
  readonly exchange: Exchange
  /** ms since the epoch */
  readonly at: number
  readonly snapshot: string
  /** Does the resource exist, and may the caller use it? */
  isAuthorized: boolean
  attempts: AttemptRecord[]
  charges: Charge[]
  target: string | undefined
  status: number
  rule: string | undefined
  upstreamModel: string | undefined
  upstreamId: string | undefined
  finish: Finish | undefined
  usage: Usage | undefined
  losses: readonly Loss[]
  findings: { request?: Record<string, number>; response?: Record<string, number> } | undefined
  facts: PolicyFacts | undefined
  policies: { name: string; effect: string }[] | undefined
  isRedacted: boolean
  isBoundBroken: boolean
  /** The approval that it uses or waits for. */
  approval: string | undefined
  replyBytes: number
  /** Milliseconds on the monotonic clock. */
  gateDoneAt: number | undefined
  firstByteAt: number | undefined
  firstTokenAt: number | undefined
}

export function createDraft(exchange: Exchange, at: number, snapshot: string): Draft {
  return {
    exchange,
    at,
    snapshot,
    isAuthorized: false,
    attempts: [],
    charges: [],
    target: undefined,
    status: 0,
    rule: undefined,
    upstreamModel: undefined,
    upstreamId: undefined,
    finish: undefined,
    usage: undefined,
    losses: [],
    findings: undefined,
    facts: undefined,
    policies: undefined,
    isRedacted: false,
    isBoundBroken: false,
    approval: undefined,
    replyBytes: 0,
    gateDoneAt: undefined,
    firstByteAt: undefined,
    firstTokenAt: undefined,
  }
}

/**
 * A caller can send any text as a name, and records contain no content. For an unknown name, only characters
 * that are valid in names are recorded.
 */
function recordedName(name: string, isKnown: boolean): string {
  return isKnown
    ? name.slice(0, longestName)
    : name.slice(0, longestUnknownName).replaceAll(/[^\p{L}\p{N}_./:@+~-]/gu, '?')
}

const longestUnknownName = 64

/**
 * The facts that are known before the response. They are enough for the record of an exchange that a crash
 * ends.
 */
export function baseOf(from: Draft): RecordBase {
  const { exchange } = from
  const { subject } = exchange.caller
  const { asked, opening } = exchange
  const base: RecordBase = {
    id: exchange.id,
    at: from.at,
    kind: asked.kind,
    direction: asked.direction,
    resource: { kind: asked.resource.kind, name: recordedName(asked.resource.name, from.isAuthorized) },
    dialect: asked.dialect,
    isStream: asked.isStreaming,
    run: exchange.run,
    team: subject.team,
    teamPath: subject.teamPath,
    address: opening.peer.address,
    requestBytes: asked.bytes,
    snapshot: from.snapshot,
  }
  if (subject.key !== undefined) base.key = subject.key
  const { parent, depth } = exchange.membership
  if (parent !== undefined) base.parent = parent
  if (depth > 0) base.depth = depth
  if (subject.person !== undefined) base.person = subject.person
  if (subject.workload !== undefined) base.workload = subject.workload
  if (hasOwn(subject.tags)) base.tags = subject.tags
  if (from.approval !== undefined) base.approval = from.approval
  if (from.rule !== undefined) base.rule = from.rule
  if (from.target !== undefined) {
    base.target = from.target
    base.destination = destinationOf(from.target)
  }
  if (from.upstreamModel !== undefined) base.upstreamModel = from.upstreamModel
  if (from.upstreamId !== undefined) base.upstreamId = from.upstreamId
  if (from.findings) base.findings = from.findings
  if (from.facts) base.facts = from.facts
  if (from.policies) base.policies = from.policies
  if (from.isRedacted) base.isRedacted = true
  if (from.losses.length > 0) base.losses = from.losses
  return base
}

/** @param endedAt on the monotonic clock */
export function seal(
  from: Draft,
  outcome: Outcome,
  error: GatewayError | undefined,
  endedAt: number,
): ExchangeRecord {
  const since = (at: number) => round(at - from.exchange.opening.startedAt)
  const record: ExchangeRecord = {
    ...baseOf(from),
    outcome,
    status: outcome === 'canceled' ? 499 : error && from.status === 0 ? error.row.status : from.status,
    attempts: from.attempts,
    replyBytes: from.replyBytes,
    times: { gateMs: since(from.gateDoneAt ?? endedAt), totalMs: since(endedAt) },
  }
  if (error) record.code = error.code
  if (record.rule === undefined && error?.details.rule !== undefined) record.rule = error.details.rule
  if (from.finish) record.finish = from.finish
  if (from.usage) record.usage = from.usage
  if (from.isBoundBroken) record.isBoundBroken = true
  if (from.charges.length > 0) record.charges = from.charges
  if (from.firstByteAt !== undefined) record.times.firstByteMs = since(from.firstByteAt)
  if (from.firstTokenAt !== undefined) record.times.firstTokenMs = since(from.firstTokenAt)
  const cost = totalCost(from.attempts)
  if (cost) {
    record.costNano = cost.nano
    record.costBasis = cost.basis
    if (cost.forgivenNano > 0n) record.forgivenNano = cost.forgivenNano.toString()
  }
  return record
}

/** The journal's line before an attempt is sent. */
export function openEntry(
  from: Draft,
  attempt: { number: number; at: number; target: string; reservation: Reservation },
): OpenEntry {
  const { reservation } = attempt
  const entry: OpenEntry = {
    kind: 'open',
    exchange: from.exchange.id,
    attempt: attempt.number,
    at: attempt.at,
    target: attempt.target,
    buckets: reservation.chargesAtBound(),
    base: baseOf(from),
  }
  if (reservation.boundNano !== undefined) entry.boundNano = reservation.boundNano.toString()
  if (from.attempts.length > 0) {
    const cost = totalCost(from.attempts)
    entry.earlier = {
      attempts: from.attempts,
      charges: from.charges,
      ...(cost ? { costNano: cost.nano } : {}),
    }
  }
  return entry
}

const longestName = 256

function hasOwn(object: object): boolean {
  for (const _ in object) return true
  return false
}

const round = (ms: number) => Math.round(ms * 1000) / 1000

const basisRank = { free: 0, reported: 1, usage: 2, estimated: 3, forgiven: 4, bound: 5 } as const

/** The sum over attempts. Unknown if an attempt that may have a cost has no price. */
function totalCost(
  attempts: readonly AttemptRecord[],
): { nano: string; basis: keyof typeof basisRank; forgivenNano: bigint } | undefined {
  let total = 0n
  let forgivenNano = 0n
  let basis: keyof typeof basisRank = 'free'
  for (const attempt of attempts) {
    if (attempt.outcome === 'not-sent' || attempt.costBasis === 'free') continue
    if (attempt.costNano === undefined) return undefined
    total += BigInt(attempt.costNano)
    forgivenNano += BigInt(attempt.forgivenNano ?? '0')
    const own = attempt.costBasis ?? 'usage'
    if (basisRank[own] > basisRank[basis]) basis = own
  }
  return { nano: total.toString(), basis, forgivenNano }
}
