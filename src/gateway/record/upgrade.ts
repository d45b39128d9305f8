// Words of records that changed since format 1 of the journal: old segments are drained with the new ones.

import type { ExchangeRecord } from '../../contract/record.ts'

/** @param format of the segment's header */
export function upgradeRecord(record: ExchangeRecord, format: number): ExchangeRecord {
  if (format > 1) return record
  const { outcome, attempts, losses } = record
  return {
    ...record,
    outcome: outcomes[outcome] ?? outcome,
    attempts: attempts.map((attempt) => ({ ...attempt, outcome: attemptOutcomes[attempt.outcome] ?? attempt.outcome })),
    ...(losses ? { losses: losses.map((loss) => ({ ...loss, side: sides[loss.side] ?? loss.side })) } : {}),
  }
}

const outcomes: Partial<Record<string, ExchangeRecord['outcome']>> = { cancelled: 'canceled' }
const attemptOutcomes: Partial<Record<string, ExchangeRecord['attempts'][number]['outcome']>> = { cancelled: 'canceled' }
const sides: Partial<Record<string, NonNullable<ExchangeRecord['losses']>[number]['side']>> = { reply: 'response' }
