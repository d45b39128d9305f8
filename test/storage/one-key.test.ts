// A change of one key among 100,000 costs the embedded ledger a few statements and the rows of one budget.
// The test counts statements, because times mean nothing on a busy machine.

import type { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import type { BudgetDeclaration } from '../../src/contract/budgets.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import { sqliteLedger } from '../../src/storage/sqlite/ledger.ts'

const budget = (index: number, cap: bigint): BudgetDeclaration => ({
  id: `key/k${index}/month/usd`,
  cap,
  per: 'month',
  zone: 'UTC',
  isHard: true,
})

/** Statements that ran, and the rows that they returned. */
function counting(database: Database) {
  const counts = { statements: 0, read: 0 }
  const query = database.query.bind(database)
  database.query = ((sql: string) => {
    const statement = query(sql)
    for (const name of ['run', 'get', 'all'] as const) {
      // oxlint-disable-next-line typescript/no-explicit-any -- a spy on any statement
      const method = statement[name].bind(statement) as (...takes: any[]) => unknown
      // oxlint-disable-next-line typescript/no-explicit-any -- the same
      Object.assign(statement, {
        [name](...takes: unknown[]) {
          const response = method(...takes)
          counts.statements += 1
          counts.read += Array.isArray(response)
            ? response.length
            : name === 'get' && response !== null
              ? 1
              : 0
          return response
        },
      })
    }
    return statement
  }) as typeof database.query
  const written = () =>
    Number(query<{ total: bigint }, []>('SELECT total_changes() AS total').get()?.total ?? 0n)
  return async (run: () => unknown) => {
    const before = { ...counts, written: written() }
    await run()
    return {
      statements: counts.statements - before.statements,
      read: counts.read - before.read,
      written: written() - before.written,
    }
  }
}

test('a change of one key among 100,000 runs a few statements, whatever else is declared', async () => {
  const database = openForWriting(':memory:', () => 't')
  const count = counting(database)
  let id = 0
  const ledger = sqliteLedger(database, {
    clock: createFakeClock(),
    newId: () => `h${++id}`,
    newNonce: () => `n${id}`,
  })
  const { holder, epoch } = ledger.register({ bootId: 'b', proven: [] })
  const put = Array.from({ length: 100_000 }, (_, index) => budget(index, 1_000n))
  const first = ledger.configure({
    holder,
    since: 0,
    rules: 'r',
    ofRules: { put: [], remove: [], isWhole: true },
    ofKeys: { put, remove: [], isWhole: true },
  })
  expect(first.kind).toBe('configured')
  // the bucket also changes
  ledger.acquire({
    holder,
    epoch,
    seq: 1,
    needs: [{ budget: 'key/k7/month/usd', window: 'current', need: 1n, want: 0n }],
  })
  const cost = await count(() =>
    ledger.configure({
      holder,
      since: 1,
      rules: 'r',
      ofKeys: { put: [budget(7, 5n)], remove: ['key/k8/month/usd'], isWhole: false },
    }),
  )
  expect(ledger.budgets({ budget: 'key/k7/month/usd' }).budgets).toMatchObject([{ cap: 5n }])
  expect(ledger.budgets({ budget: 'key/k8/month/usd' }).budgets).toEqual([])
  expect(cost.statements).toBeLessThanOrEqual(14)
  expect(cost.read).toBeLessThanOrEqual(8)
  // the replaced budget, the removed one, the bucket's cap, the version, the version that the holder has seen
  expect(cost.written).toBeLessThanOrEqual(6)
  // the same list again changes nothing
  const again = await count(() =>
    ledger.configure({
      holder,
      since: 2,
      rules: 'r',
      ofKeys: { put: [budget(7, 5n)], remove: [], isWhole: false },
    }),
  )
  expect(again.written).toBeLessThanOrEqual(1)
  expect(ledger.configured(holder).version).toBe(2)
  database.close()
})
