// The stores of approvals: one suite over all adapters.

import { afterEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { createRealClock } from '../../src/kit/real-clock.ts'
import { memoryApprovals } from '../../src/storage/memory/index.ts'
import { openSqliteStore } from '../../src/storage/sqlite/index.ts'
import { folder } from '../journal/kit.ts'
import { approvalsSuite, asked } from './approvals-suite.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function open(path = freshFolder()) {
  const store = await openSqliteStore({
    path: join(path, 'gatehouse.db'),
    clock: createRealClock(),
    report: () => {},
  })
  cleanups.push(store.close)
  return store
}

function freshFolder(): string {
  const made = folder()
  cleanups.push(made.remove)
  return made.path
}

approvalsSuite('memory', async () => memoryApprovals())
approvalsSuite('sqlite', async () => (await open()).approvals)

test('a used approval is still used after a restart', async () => {
  const path = freshFolder()
  const now = asked(1).askedAt
  const first = await open(path)
  await first.approvals.ask(asked(1), { perPrincipal: 1, total: 1 }, now)
  await first.approvals.decide('apr_0001', { state: 'approved', by: 'ann', at: now, expiresAt: now + 1_000 })
  expect(await first.approvals.take('apr_0001', 'x', now)).toBe(true)
  await first.close()
  const second = await open(path)
  expect(await second.approvals.take('apr_0001', 'y', now)).toBe(false)
})
