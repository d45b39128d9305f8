// What an attempt costs by its target's price list, and the most that it may cost. Pure arithmetic in nano-dollars; the rules stand in the price rows.

import type { PriceRow, TargetRule } from '../../contract/snapshot.ts'
import type { Demand, Usage } from '../../contract/usage.ts'
import { millionth, millionthOf } from '../../kit/money.ts'

/** The row in force at a moment (ms since the epoch); undefined: the price is unknown, which is never zero. Pin it at admission. */
export function priceAt(target: Pick<TargetRule, 'prices'>, at: number): PriceRow | undefined {
  for (let index = target.prices.length - 1; index >= 0; index -= 1) {
    const row = target.prices[index]
    if (row && (row.from === undefined || row.from <= at)) return row
  }
  return undefined
}

/**
 * Nano-dollars for what a provider told, rounded up once.
 *
 * Parts of the input are taken out of its total, the dearest kind first (audio, writes for an hour, writes, reads), so that no token is
 * charged twice where a vendor counts cached audio in both. A total that is missing or smaller than its parts gives way to them.
 * Reasoning is part of the output and has its rate. Beyond the threshold of a tier the whole call has the tier's rates.
 * @returns undefined: the price of the terms, of a fee or of a cache lifetime is unknown
 */
export function costOf(usage: Usage, row: PriceRow): bigint | undefined {
  const factor = factorOf(usage.terms, row)
  if (factor === undefined) return undefined
  const audio = whole(usage.inputAudioTokens)
  const written = Math.max(whole(usage.cacheWriteTokens), whole(usage.cacheWriteLongTokens) + whole(usage.cacheWrite12hTokens))
  const read = whole(usage.cacheReadTokens)
  const input = Math.max(whole(usage.inputTokens), written + read, audio)
  const outputAudio = whole(usage.outputAudioTokens)
  const output = Math.max(whole(usage.outputTokens), whole(usage.reasoningTokens), outputAudio)
  const rates = ratesFor(row, input)

  // A lifetime that has no rate has no price.
  const halfDay = whole(usage.cacheWrite12hTokens)
  if (halfDay > 0 && row.cacheWrite12h === undefined) return undefined
  const fees = feesOf(usage, row)
  if (fees === undefined) return undefined
  const long = whole(usage.cacheWriteLongTokens) + halfDay
  const notAudio = input - audio
  const writtenLong = Math.min(long, notAudio)
  const writtenShort = Math.min(written - long, notAudio - writtenLong)
  const readPart = Math.min(read, notAudio - writtenLong - writtenShort)
  const rest = notAudio - writtenLong - writtenShort - readPart

  const tokens = sumOfProducts(
    factor,
    rest,
    rates.input,
    readPart,
    rates.cacheRead,
    writtenShort,
    rates.cacheWrite,
    Math.max(0, writtenLong - halfDay),
    rates.cacheWriteLong,
    Math.min(halfDay, writtenLong),
    row.cacheWrite12h ?? 0,
    audio,
    rates.inputAudio,
    output - outputAudio,
    rates.output,
    outputAudio,
    rates.outputAudio,
  )
  return tokens + BigInt(rates.request) + fees
}

export type Bound = { kind: 'amount'; nano: bigint } | { kind: 'unbounded'; reason: string }

/**
 * The most that one attempt within this demand may cost: every input token at the dearest rate that may apply to it (cache writes, audio,
 * any tier that the input can reach), every output token likewise. Where the demand has no bound, the target's own limits stand in.
 */
export function boundOf(demand: Demand, target: Pick<TargetRule, 'id' | 'contextWindow' | 'maxOutputTokens' | 'reportsCost'>, row: PriceRow): Bound {
  if (demand.hasFiles && target.reportsCost) return unbounded(`${target.id} charges for reading files as much as its provider likes`)
  if (demand.hasUnboundedFees) return unbounded(demand.reason ?? 'the provider may add fees without a limit (server tools)')
  const factor = factorOf(demand.terms, row)
  if (factor === undefined)
    return unbounded(`${target.id} has no price for "${demand.terms?.join('", "')}"; an administrator sets it under "factors" of its price`)
  const input = demand.inputTokens ?? target.contextWindow
  if (input === undefined) return unbounded(demand.reason ?? `the input has no known limit and neither has the context window of ${target.id}`)
  const perAnswer = target.maxOutputTokens ?? target.contextWindow
  const output = demand.outputTokens ?? (perAnswer === undefined ? undefined : perAnswer * (demand.choices ?? 1))
  if (output === undefined) return unbounded(demand.reason ?? `no output limit is set and ${target.id} has no known limit of its own`)

  const mayHoldAudio = demand.mayHoldAudio !== false
  let dearestInput = 0
  let dearestOutput = 0
  let dearestRequest = 0
  for (const rates of reachable(row, input)) {
    dearestInput = Math.max(
      dearestInput,
      rates.input,
      rates.cacheRead,
      rates.cacheWrite,
      rates.cacheWriteLong,
      row.cacheWrite12h ?? 0,
      mayHoldAudio ? rates.inputAudio : 0,
    )
    dearestOutput = Math.max(dearestOutput, rates.output, mayHoldAudio ? rates.outputAudio : 0)
    dearestRequest = Math.max(dearestRequest, rates.request)
  }
  return { kind: 'amount', nano: sumOfProducts(Math.max(factor, one), input, dearestInput, output, dearestOutput) + BigInt(dearestRequest) }
}

const unbounded = (reason: string): Bound => ({ kind: 'unbounded', reason })

type Rates = Required<Omit<PriceRow, 'from' | 'tiers' | 'fees' | 'factors' | 'cacheWrite12h'>>
type Tier = NonNullable<PriceRow['tiers']>[number]

/** The rates of a call with so much input: those of the highest tier that it exceeds. */
function ratesFor(row: PriceRow, input: number): Rates {
  let tier: Tier | undefined
  if (row.tiers) for (const other of row.tiers) if (input > other.above && (!tier || other.above > tier.above)) tier = other
  return ratesOf(row, tier)
}

function reachable(row: PriceRow, input: number): Rates[] {
  return [ratesOf(row, undefined), ...(row.tiers ?? []).filter((tier) => input > tier.above).map((tier) => ratesOf(row, tier))]
}

/** A tier's rate, else the row's, else the plain rate; an hour's write that has no rate costs what a short one does. */
function ratesOf(row: PriceRow, tier: Tier | undefined): Rates {
  const input = tier?.input ?? row.input
  const output = tier?.output ?? row.output
  const cacheWrite = tier?.cacheWrite ?? row.cacheWrite ?? input
  return {
    input,
    output,
    cacheRead: tier?.cacheRead ?? row.cacheRead ?? input,
    cacheWrite,
    cacheWriteLong: tier?.cacheWriteLong ?? row.cacheWriteLong ?? cacheWrite,
    inputAudio: tier?.inputAudio ?? row.inputAudio ?? input,
    outputAudio: tier?.outputAudio ?? row.outputAudio ?? output,
    request: tier?.request ?? row.request ?? 0,
  }
}

/** One search, counted in two units: the row says in which of them the model's are sold. */
const sameThing: Readonly<Record<string, string>> = { web_search: 'grounded_prompt', grounded_prompt: 'web_search' }

/** undefined: something was counted that the row has no price for, which is not zero. */
function feesOf({ fees }: Usage, row: PriceRow): bigint | undefined {
  let nano = 0n
  for (const name in fees) {
    const count = whole(fees[name])
    const fee = feeOf(row, name)
    if (fee !== undefined) nano += BigInt(count) * BigInt(fee)
    else if (count > 0) {
      const other = sameThing[name]
      if (other === undefined || !Object.hasOwn(fees, other) || feeOf(row, other) === undefined) return undefined
    }
  }
  return nano
}

const feeOf = ({ fees }: PriceRow, name: string): number | undefined => (fees && Object.hasOwn(fees, name) ? fees[name] : undefined)

/** A count as a whole number: a vendor that tells 12.5 tokens is paid for 13, and no count breaks the arithmetic. */
const whole = (count: number | undefined): number => (count !== undefined && count > 0 ? Math.min(Math.ceil(count), Number.MAX_SAFE_INTEGER) : 0)

const one = 1_000_000

/** Millionths. Terms that vendors sell at a discount cost the plain rate where no price is known, which is too much; others are unknown then. */
function factorOf(terms: readonly string[] | undefined, row: PriceRow): number | undefined {
  let factor = one
  for (const term of terms ?? []) {
    const own = row.factors && Object.hasOwn(row.factors, term) ? row.factors[term] : undefined
    const known = own ?? (discounts.has(term) ? one : undefined)
    if (known === undefined) return undefined
    factor = factor === one ? known : Math.ceil((factor * known) / one)
  }
  return factor
}

const discounts: ReadonlySet<string> = new Set(['flex', 'batch'])

/** Pairs of count and rate per million, by a factor. In plain numbers as long as they are exact (see `millionth`), else again in BigInt. */
function sumOfProducts(factor: number, ...pairs: number[]): bigint {
  let sum = 0
  for (let index = 0; index < pairs.length; index += 2) sum += (pairs[index] ?? 0) * (pairs[index + 1] ?? 0)
  if (factor === one && sum <= Number.MAX_SAFE_INTEGER) return millionth(sum)
  let exact = 0n
  for (let index = 0; index < pairs.length; index += 2) exact += BigInt(pairs[index] ?? 0) * BigInt(pairs[index + 1] ?? 0)
  if (factor === one) return millionthOf(exact)
  // rounded up once, not once for the rates and again for the factor
  const scaled = exact * BigInt(factor)
  const square = BigInt(one) * BigInt(one)
  return (scaled + square - 1n) / square
}
