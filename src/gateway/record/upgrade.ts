// Converts records of earlier builds to today's format, when old segments are drained and old stores are
// read.

import { type ExchangeRecord, withFindingsBySide } from '../../contract/record.ts'

/** @param format the format in the segment's header */
export function upgradeRecord(record: ExchangeRecord, format: number): ExchangeRecord {
  const current = withFindingsBySide(record)
  return format > 1 ? current : withWords(current)
}

function withWords(record: ExchangeRecord): ExchangeRecord {
  const { outcome, attempts, losses } = record
  return {
    ...record,
    outcome: outcomes[outcome] ?? outcome,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      outcome: attemptOutcomes[attempt.outcome] ?? attempt.outcome,
    })),
    ...(losses ? { losses: losses.map((loss) => ({ ...loss, side: sides[loss.side] ?? loss.side })) } : {}),
  }
}

const outcomes: Partial<Record<string, ExchangeRecord['outcome']>> = { cancelled: 'canceled' }
const attemptOutcomes: Partial<Record<string, ExchangeRecord['attempts'][number]['outcome']>> = {
  cancelled: 'canceled',
}
const sides: Partial<Record<string, NonNullable<ExchangeRecord['losses']>[number]['side']>> = {
  reply: 'response',
}
