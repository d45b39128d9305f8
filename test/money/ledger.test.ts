// The conformance suite on our ledgers: the reference, and SQLite (in this thread; its own tests cover the
// thread).

import { expect, test } from 'bun:test'
import type { Ledger } from '../../src/contract/stores.ts'
import { memoryLedger } from '../../src/storage/memory/index.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import { sqliteLedger } from '../../src/storage/sqlite/ledger.ts'
import { compare, type LedgerParts, ledgerSuite } from './ledger-suite.ts'

ledgerSuite('in memory', memoryLedger)
ledgerSuite('in SQLite', sqliteInThisThread, 100)

test('the suite notices a ledger that responds differently', async () => {
  const generous = (parts: LedgerParts): Ledger => {
    const ledger = memoryLedger(parts)
    return {
      ...ledger,
      acquire: (request) =>
        ledger.acquire({
          ...request,
          needs: request.needs.map((need) => ({ ...need, want: need.want + 1n })),
        }),
    }
  }
  const responses = Array.from({ length: 20 }, (_, index) => compare(index + 1, generous))
  const outcomes = await Promise.allSettled(responses)
  expect(outcomes.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(15)
})

function sqliteInThisThread(parts: LedgerParts): Ledger {
  const database = openForWriting(':memory:', parts.newId)
  const sync = sqliteLedger(database, parts)
  const later =
    <Takes extends unknown[], Answer>(run: (...takes: Takes) => Answer) =>
    async (...takes: Takes) =>
      run(...takes)
  return {
    holder: later(sync.holder),
    register: later(sync.register),
    configured: later(sync.configured),
    configure: later(sync.configure),
    acquire: later(sync.acquire),
    renew: later(sync.renew),
    giveBack: later(sync.giveBack),
    settle: later(sync.settle),
    expire: later(sync.expire),
    reconcile: later(sync.reconcile),
    adopt: later(sync.adopt),
    decide: later(sync.decide),
    sweep: later(sync.sweep),
    budgets: later(sync.budgets),
    close: async () => database.close(),
  }
}
