// Computes the charge of one attempt, and its line in the record.
//
// | known facts                                       | charge         | basis     |
// | nothing was sent, or the error is documented free | 0              | free      |
// | the provider reported its own price               | that price     | reported  |
// | the provider reported its usage                   | usage          | usage     |
// | … of a cut-off response, under a hard budget      | bound          | bound     |
// | unknown, it failed on the vendor's side           | observed usage | forgiven, within the window's share |
// | unknown, a hard budget applies                    | bound          | bound     |
// | unknown otherwise                                 | estimate       | estimated |
//
// Under a hard budget only the bound is safe: an estimate may be below the vendor's bill
// (docs/reference/money.md).

import type { GatewayError } from '../../contract/errors.ts'
import type { AttemptRecord, CostBasis } from '../../contract/record.ts'
import type { TargetRule } from '../../contract/snapshot.ts'
import type { UpstreamFault } from '../../contract/response.ts'
import type { Demand, Usage } from '../../contract/usage.ts'
import type { Reservation, Settling } from '../admit/index.ts'
import type { Call } from '../call.ts'
import type { Parts } from '../parts.ts'
import type { Meter } from './meter.ts'

export interface AttemptEnd {
  outcome: AttemptRecord['outcome']
  error?: GatewayError
  /** An error that the provider reported in the stream, after output was sent. */
  fault?: UpstreamFault
}

export interface Ended {
  target: TargetRule
  number: number
  startedAt: number
  endedAt: number
  wasSent: boolean
  reservation: Reservation
  meter: Meter
  demand: Demand
  end: AttemptEnd
  fault: UpstreamFault | undefined
}

type Basis = Exclude<CostBasis, 'reported'>

export function settleAttempt(parts: Parts, call: Call, ended: Ended): void {
  const { draft, opening } = call
  const { meter, end, fault } = ended
  const { basis, usage } = judge(ended)
  const settled = parts.admission.settle(ended.reservation, settling(basis, usage, ended, call))

  const line: AttemptRecord = {
    number: ended.number,
    target: ended.target.id,
    startedMs: round(ended.startedAt - opening.startedAt),
    endedMs: round(ended.endedAt - opening.startedAt),
    outcome: ended.wasSent ? end.outcome : end.outcome === 'ok' ? 'ok' : 'not-sent',
  }
  if (fault) {
    line.status = fault.status
    line.fault = fault.kind
  }
  if (end.error) line.code = end.error.code
  if (usage) line.usage = usage
  if (settled.costNano !== undefined) line.costNano = settled.costNano.toString()
  line.costBasis = settled.isAtBound ? 'bound' : settled.listed ? 'reported' : basis
  if (basis === 'forgiven') line.costBasis = settled.forgivenNano === undefined ? 'bound' : 'forgiven'
  if (settled.forgivenNano !== undefined) line.forgivenNano = settled.forgivenNano.toString()
  if (settled.listed) compareCosts(line, settled.listed.nano)
  draft.attempts.push(line)
  for (const charge of settled.charges) draft.charges.push(charge)
  if (settled.isBoundBroken) {
    draft.isBoundBroken = true
    parts.log.error(
      'a provider billed above the bound; the target is barred from hard budgets until an administrator pardons it',
      {
        target: ended.target.id,
        exchange: call.id,
      },
    )
  }
  if (end.outcome === 'ok' || usage) {
    draft.usage = usage
    draft.finish = meter.finish
    draft.upstreamModel = meter.upstreamModel
  }
}

function judge(ended: Ended): { basis: Basis; usage: Usage | undefined } {
  const { meter, fault, wasSent, reservation, demand, end } = ended
  if (!wasSent) return { basis: 'free', usage: undefined }
  // Some vendors report growing counts with every event (Gemini). If a response was cut off, the last counts
  // are incomplete and prove nothing.
  const isBeginning = end.outcome !== 'ok' && meter.finish === undefined && !fault
  if (meter.usage && isComplete(meter.usage, demand) && !(isBeginning && reservation.isHard))
    return { basis: 'usage', usage: meter.usage }
  if (fault?.isUnbilled) return { basis: 'free', usage: undefined }
  // An outage at the vendor must not empty the budgets. A call that the caller canceled stays at the bound;
  // otherwise callers could use up the share at will.
  if (reservation.isHard && end.outcome === 'failed')
    return { basis: 'forgiven', usage: meter.usage ?? seen(meter, demand) }
  if (reservation.isHard) return { basis: 'bound', usage: meter.usage ?? estimate(meter, demand) }
  return { basis: 'estimated', usage: estimate(meter, demand) }
}

/** A difference to the reported price stays visible: our list is out of date, or the bill is wrong. */
function compareCosts(line: AttemptRecord, listed: bigint | undefined): void {
  const reported = BigInt(line.costNano ?? '0')
  const difference =
    listed === undefined ? undefined : listed > reported ? listed - reported : reported - listed
  if (difference !== undefined && difference * 100n <= reported) return
  if (listed !== undefined) line.listedNano = listed.toString()
  line.isCostDisputed = true
}

function settling(
  basis: Basis,
  usage: Usage | undefined,
  { target, demand }: Ended,
  { runtime }: Call,
): Settling {
  if (basis === 'free') return { kind: 'free' }
  if (basis === 'forgiven')
    return { kind: 'forgivable', usage: usage && isComplete(usage, demand) ? usage : undefined }
  if (basis === 'bound' || !usage) return { kind: 'bound' }
  const others = usage.others?.map(({ model }) => runtime.target(`${target.provider}/${model}`))
  return { kind: 'usage', usage, ...(others && { others }) }
}

/**
 * Is everything reported that the call could use: tokens (unless it could use none) and units (if it could
 * use any)?
 */
const isComplete = ({ inputTokens, outputTokens, fees }: Usage, demand: Demand) =>
  ((inputTokens !== undefined && outputTokens !== undefined) ||
    (demand.inputTokens === 0 && demand.outputTokens === 0)) &&
  (fees !== undefined || demand.units === undefined)

const charactersPerToken = 4

/** An attempt without output has no observed usage. */
const seen = (meter: Meter, demand: Demand) => (meter.outputLength > 0 ? estimate(meter, demand) : undefined)

/**
 * The observed output at four characters per token, and the requested units. Used when the provider reported
 * nothing better.
 */
function estimate(meter: Meter, demand: Demand): Usage {
  const outputTokens = Math.min(
    Math.ceil(meter.outputLength / charactersPerToken),
    demand.outputTokens ?? Number.POSITIVE_INFINITY,
  )
  const fees = meter.usage?.fees ?? demand.units
  return {
    ...meter.usage,
    ...(fees && { fees }),
    inputTokens: meter.usage?.inputTokens ?? demand.typicalInputTokens,
    outputTokens,
    isEstimated: true,
  }
}

const round = (ms: number) => Math.round(ms * 1000) / 1000
