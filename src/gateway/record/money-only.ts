// The part of a record that no store can refuse: the amount that each budget paid.

import type { ExchangeRecord } from '../../contract/record.ts'

export function moneyOf(record: ExchangeRecord): ExchangeRecord {
  const { id, at, charges, costNano } = record
  return {
    id,
    at,
    kind: record.kind,
    resource: { kind: record.resource.kind, name: '' },
    dialect: '',
    isStream: false,
    outcome: record.outcome,
    status: 0,
    attempts: [],
    requestBytes: 0,
    replyBytes: 0,
    times: { gateMs: 0, totalMs: 0 },
    isTrimmed: true,
    ...(charges ? { charges } : {}),
    ...(costNano === undefined ? {} : { costNano }),
  }
}
