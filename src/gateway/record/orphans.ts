// The records that recovery writes for exchanges that opened but never closed. Pure. Their cost is unknown,
// so they are charged their reservation, because only evidence frees money.

import type { AttemptRecord, Charge, ExchangeRecord } from '../../contract/record.ts'
import type { Entry, OpenEntry } from './journal-format.ts'

export interface OpenExchanges {
  /** Processes one line, in the order of the journal. */
  see(entry: Entry): void
  /** The records that close the open exchanges, oldest first. */
  records(): ExchangeRecord[]
}

export function openExchanges(): OpenExchanges {
  const open = new Map<string, OpenEntry[]>()
  return {
    see(entry) {
      if (entry.kind === 'close') open.delete(entry.record.id)
      if (entry.kind !== 'open') return
      // a line may be repeated: copied to a new segment, or written again after a failed sync
      const others = (open.get(entry.exchange) ?? []).filter((other) => other.attempt !== entry.attempt)
      open.set(entry.exchange, [...others, entry])
    },
    records: () => [...open.values()].flatMap(orphanRecord),
  }
}

/**
 * One record for the attempts of one exchange. Ended attempts count with their own cost, the others with
 * their bound.
 */
function orphanRecord(entries: readonly OpenEntry[]): ExchangeRecord[] {
  const sorted = entries.toSorted((a, b) => a.attempt - b.attempt)
  const from = sorted.findLastIndex((entry) => entry.earlier !== undefined)
  const unended = from < 0 ? sorted : sorted.slice(from)
  const [first, last] = [unended[0], unended.at(-1)]
  if (!first || !last) return []
  const base = first.base
  const earlier = first.earlier
  const costNano = sum([earlier ? earlier.costNano : '0', ...unended.map((entry) => entry.boundNano)])
  return [
    {
      ...base,
      outcome: 'cut',
      status: 500,
      code: 'crashed',
      target: last.target,
      ...(costNano === undefined ? {} : { costNano }),
      costBasis: 'bound',
      attempts: [...(earlier?.attempts ?? []), ...unended.map((entry) => cutAttempt(base.at, entry))],
      charges: addCharges([...(earlier?.charges ?? []), ...unended.flatMap((entry) => entry.buckets)]),
      replyBytes: 0,
      times: { gateMs: Math.max(0, first.at - base.at), totalMs: Math.max(0, last.at - base.at) },
    },
  ]
}

const cutAttempt = (openedAt: number, entry: OpenEntry): AttemptRecord => ({
  number: entry.attempt,
  target: entry.target,
  startedMs: Math.max(0, entry.at - openedAt),
  endedMs: Math.max(0, entry.at - openedAt),
  outcome: 'failed',
  code: 'crashed',
  ...(entry.boundNano === undefined ? {} : { costNano: entry.boundNano }),
  costBasis: 'bound',
})

/** The sum is unknown if one part is unknown. */
function sum(parts: readonly (string | undefined)[]): string | undefined {
  let total = 0n
  for (const part of parts) {
    if (part === undefined) return undefined
    total += BigInt(part)
  }
  return String(total)
}

function addCharges(charges: readonly Charge[]): Charge[] {
  const byBucket = new Map<string, Charge>()
  for (const charge of charges) {
    const name = JSON.stringify([charge.bucket, charge.window, charge.epoch])
    const before = byBucket.get(name)
    byBucket.set(
      name,
      before ? { ...charge, amount: String(BigInt(before.amount) + BigInt(charge.amount)) } : charge,
    )
  }
  return [...byBucket.values()]
}
