// Two threads read: a lookup of a record or a budget does not wait for a large report.

import { afterEach, expect, test } from 'bun:test'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import type { Answer, Question } from '../../src/storage/sqlite/calls.ts'
import { openSqliteStore } from '../../src/storage/sqlite/index.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** A thread that responds in order, as all do, and blocks at a report until it is released. */
function newThread(release: Promise<void>): Worker {
  const thread = {
    onmessage: undefined as ((message: { data: Answer }) => void) | undefined,
    onerror: undefined,
    terminate() {},
  }
  let work = Promise.resolve()
  const say = (response: Answer) => thread.onmessage?.({ data: response })
  const postMessage = (question: Question) => {
    work = work.then(async () => {
      if (question.kind === 'open') say({ kind: 'opened' })
      else if (question.kind === 'close') say({ kind: 'closed' })
      else if (question.kind === 'call') {
        if (question.name === 'records.usage') await release
        say({ kind: 'answer', id: question.id, value: question.name })
      }
    })
  }
  return Object.assign(thread, { postMessage }) as unknown as Worker
}

test('every kind of lookup returns while a report runs', async () => {
  const report = Promise.withResolvers<void>()
  const store = await openSqliteStore({
    path: 'nowhere',
    clock: createFakeClock(),
    report() {},
    newWorker: () => newThread(report.promise),
  })
  cleanups.push(store.close)
  const usage = store.records.usage({ from: 0, to: 1, by: ['key'], now: 0 })
  let isReported = false
  void usage.then(() => (isReported = true))
  for (let count = 0; count < 5; count += 1) {
    const responses: unknown[] = [
      await store.records.list({ key: 'ci', limit: 50 }),
      await store.records.get('id'),
      await store.ledger.budgets({ owner: 'key/ci/' }),
    ]
    expect(responses).toEqual(['records.list', 'records.get', 'ledger.budgets'])
  }
  // keys and money have a separate thread
  const written: unknown[] = [await store.keys.all(), await store.ledger.configured('h')]
  expect(written).toEqual(['keys.all', 'ledger.configured'])
  expect(isReported).toBe(false)
  report.resolve()
  await usage
}, 2_000)
