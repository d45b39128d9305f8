// Limits of a caller: requests, tokens and concurrent calls, for its key, its team and each ancestor. Either
// all allow the call, or none is charged for it.

import { GatewayError } from '../../contract/errors.ts'
import type { LimitOwner, RunLimit } from './run-limits.ts'
import type { BudgetEach, LimitRule, Rate } from '../../contract/snapshot.ts'
import type { Counters, TakeResult } from '../../contract/state.ts'
import { mostValues } from '../../contract/stores.ts'
import { type ValuedCall, valueOf } from './values.ts'

interface RateLimit {
  owner: LimitOwner
  unit: 'requests' | 'tokens'
  key: string
  rate: Rate
  /** Each value has its own full rate. */
  each?: { each: BudgetEach; known: KnownValues }
}

/**
 * The number of values that are tracked per limit on this node. Further values share one rate until the
 * period is over.
 */
export interface KnownValues {
  values: Set<string>
  /** Monotonic ms */
  since: number
}

/** The facts of a call that limits need. */
export interface LimitedCall extends ValuedCall {
  readonly typicalTokens: number
}

/** Counts concurrent calls. One per owner and node; it survives changes of the rules. */
export interface Gauge {
  count: number
  known?: KnownValues
}

export interface CallerLimits {
  rates: readonly RateLimit[]
  runs: readonly RunLimit[]
  concurrent: readonly { owner: LimitOwner; most: number; gauge: Gauge }[]
}

export function findCallerLimits(
  owned: readonly { owner: LimitOwner; rule: LimitRule | undefined }[],
  gaugeOf: (path: string) => Gauge,
): CallerLimits {
  const rates: RateLimit[] = []
  const concurrent = []
  const runs: RunLimit[] = []
  for (const { owner, rule } of owned) {
    if (rule?.requests)
      rates.push({ owner, unit: 'requests', key: `${owner.path}/requests`, rate: rule.requests })
    if (rule?.tokens) rates.push({ owner, unit: 'tokens', key: `${owner.path}/tokens`, rate: rule.tokens })
    for (const { each, requests, tokens } of rule?.each ?? []) {
      const path = `${owner.path}/each-${each.replace(':', '-')}`
      const gauge = gaugeOf(path)
      const known = (gauge.known ??= { values: new Set(), since: 0 })
      if (requests)
        rates.push({
          owner,
          unit: 'requests',
          key: `${path}/requests`,
          rate: requests,
          each: { each, known },
        })
      if (tokens)
        rates.push({ owner, unit: 'tokens', key: `${path}/tokens`, rate: tokens, each: { each, known } })
    }
    if (rule?.run) runs.push({ owner, rule: rule.run })
    if (rule?.concurrent !== undefined)
      concurrent.push({ owner, most: rule.concurrent, gauge: gaugeOf(owner.path) })
  }
  return { rates, concurrent, runs }
}

/**
 * The concurrency slot of a running call. It is taken before the body is read, and released when the call has
 * ended.
 */
export interface ConcurrencySlot {
  /** Idempotent. */
  leave(): void
}

/** Limits that were taken together, until `correct` reports the real use. */
export interface TakenLimits {
  readonly limits: CallerLimits
  readonly slot: ConcurrencySlot
}

/** For a child call: the slot of its parent covers both. */
export const noConcurrencySlot: ConcurrencySlot = { leave() {} }

/** @throws GatewayError `too-many-concurrent` */
export function takeConcurrencySlot(limits: CallerLimits): ConcurrencySlot {
  for (const { owner, most, gauge } of limits.concurrent) {
    if (gauge.count < most) continue
    throw new GatewayError(
      'too-many-concurrent',
      `The ${owner.title} already runs ${gauge.count} of ${most} concurrent calls; wait for one to end.`,
      {
        rule: `${owner.path}/concurrent`,
        retryAfterSeconds: 1,
      },
    )
  }
  for (const { gauge } of limits.concurrent) gauge.count += 1
  let hasLeft = false
  return {
    leave() {
      if (hasLeft) return
      hasLeft = true
      for (const { gauge } of limits.concurrent) gauge.count -= 1
    },
  }
}

/**
 * Returns a promise only when the counters are asynchronous.
 * @throws GatewayError (or rejects with) `rate-limited` with the time after which the same call would pass,
 * in whole seconds
 */
export function charge(
  limits: CallerLimits,
  counters: Counters,
  call: LimitedCall,
  now: number,
): Promise<void> | undefined {
  const { rates } = limits
  for (let index = 0; index < rates.length; index += 1) {
    const limit = rates[index]
    if (!limit) continue
    const answer = counters.take(keyOf(limit, call, now), limit.rate, amountOf(limit, call))
    if (answer instanceof Promise) return chargeLater(rates, index, answer, counters, call, now)
    if (answer.ok) continue
    giveBack(rates.slice(0, index), counters, call, now)
    throw refusal(limit, answer.retryAfterMs)
  }
  return undefined
}

/**
 * Continues at the first limit whose counter is asynchronous. A counter that does not respond lets the call
 * pass.
 */
async function chargeLater(
  rates: readonly RateLimit[],
  from: number,
  first: Promise<TakeResult>,
  counters: Counters,
  call: LimitedCall,
  now: number,
): Promise<void> {
  const taken = rates.slice(0, from)
  for (const limit of rates.slice(from)) {
    let answer: TakeResult
    try {
      answer = await (limit === rates[from]
        ? first
        : counters.take(keyOf(limit, call, now), limit.rate, amountOf(limit, call)))
    } catch {
      continue
    }
    if (!answer.ok) {
      giveBack(taken, counters, call, now)
      throw refusal(limit, answer.retryAfterMs)
    }
    taken.push(limit)
  }
}

/** @param tokens the real use; the difference to the typical amount becomes debt or credit */
export function correct(
  limits: CallerLimits,
  counters: Counters,
  call: LimitedCall,
  tokens: number,
  now: number,
): void {
  for (const limit of limits.rates)
    if (limit.unit === 'tokens')
      counters.adjust(keyOf(limit, call, now), limit.rate, tokens - call.typicalTokens)
}

export function giveBack(
  taken: readonly RateLimit[],
  counters: Counters,
  call: LimitedCall,
  now: number,
): void {
  for (const limit of taken) counters.adjust(keyOf(limit, call, now), limit.rate, -amountOf(limit, call))
}

const amountOf = (limit: RateLimit, { typicalTokens }: LimitedCall) =>
  limit.unit === 'requests' ? 1 : typicalTokens

function keyOf({ key, rate, each }: RateLimit, call: LimitedCall, now: number): string {
  if (!each) return key
  const { known } = each
  const value = valueOf(each.each, call)
  if (known.values.has(value)) return `${key}#=${value}`
  if (known.values.size >= mostValues) {
    // after a whole period every rate is full again
    if (now - known.since < rate.perMs) return `${key}#=+others`
    known.values.clear()
  }
  if (known.values.size === 0) known.since = now
  known.values.add(value)
  return `${key}#=${value}`
}

function refusal({ owner, unit, key, rate, each }: RateLimit, retryAfterMs: number): GatewayError {
  const retryAfterSeconds = Math.ceil(retryAfterMs / 1000)
  return new GatewayError(
    'rate-limited',
    `The ${owner.title} may use ${rate.amount} ${unit}${each ? ` for each ${each.each.replace(/^tag:/, '')}` : ''} per ${spanOf(rate.perMs)}; come back in ${retryAfterSeconds} s.`,
    {
      rule: key,
      retryAfterSeconds,
    },
  )
}

const spans: Readonly<Record<number, string>> = {
  1_000: 'second',
  60_000: 'minute',
  3_600_000: 'hour',
  86_400_000: 'day',
}
const spanOf = (ms: number) => spans[ms] ?? `${ms / 1000} s`
