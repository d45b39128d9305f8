// A hard budget per run creates one row for each run that a client names. Each key has a limit of runs, and
// it affects only that key.

import { Database } from 'bun:sqlite'
import { afterEach, expect, test } from 'bun:test'
import { join } from 'node:path'
import { mostOpenRuns } from '../../src/contract/stores.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { behave, chat, fakeProvider } from '../upstreams/index.ts'
import { startGateway } from './gateway.ts'
import { said } from './scene.ts'

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const otherKey = 'gh_other-key-that-is-no-secret-0123456789'

/** As if the key had started this many runs, with their last calls `agoMs` ago. */
function addRuns(folder: string, key: string, count: number, agoMs: number) {
  const database = new Database(join(folder, 'data', 'gatehouse.db'), { readwrite: true })
  const add = database.query<never, [string, string, number]>(
    'INSERT INTO bucket (budget, window, cap, committed, version, used_at) VALUES (?, ?, 1000000000, 0, 1, ?)',
  )
  database.transaction(() => {
    for (let run = 0; run < count; run += 1)
      add.run(`team/testers/run/usd#${key}:run-${run}`, `${key}:run-${run}`, Date.now() - agoMs)
  })()
  database.close()
}

test('a key with 10,000 open runs cannot start another; its open runs, its calls without a run and other keys continue', async () => {
  const provider = await fakeProvider()
  ends.push(() => provider.close())
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }
teams:
  testers: { allow: { models: ["*"] }, budgets: [ { amount: 1, per: run } ] }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  other: { team: testers, secret: ${otherKey} }
`
  const first = await startGateway({ config, clock: createFakeClock(Date.now()) })
  await first.stopOnly()
  // one slot is left; the clock is stopped, so no sweep removes ended runs
  addRuns(first.folder, 'tester', mostOpenRuns - 1, 25 * 3_600_000)
  const clock = createFakeClock(Date.now())
  const gatehouse = await startGateway({ config, clock, folder: first.folder })
  ends.push(() => gatehouse.stop())

  const call = async (run?: string, key = gatehouse.key) => {
    const response = await gatehouse.chat(
      { model: 'fast', max_tokens: 10, messages: said('Hi') },
      { key, headers: run === undefined ? {} : { 'x-gatehouse-run': run } },
    )
    const { error } = (await response.json()) as { error?: { code: string; message: string } }
    return {
      status: response.status,
      ...(error && { message: error.message }),
      retryAfter: response.headers.get('retry-after'),
    }
  }
  expect(await call('the-last')).toMatchObject({ status: 200 })
  expect(await call('one-more')).toEqual({
    status: 429,
    message: expect.stringMatching(
      /This key has 10000 open runs, and the hard budget "team\/testers\/run\/usd" is counted per run; name a run that is open/,
    ),
    retryAfter: '60',
  })
  expect(await call('run-5')).toMatchObject({ status: 200 })
  expect(await call('the-last')).toMatchObject({ status: 200 })
  expect(await call()).toMatchObject({ status: 200 })
  expect(await call('one-more', otherKey)).toMatchObject({ status: 200 })
  expect(await call('one-more')).toMatchObject({ status: 429 })

  // runs without a call for a day end and release their slots
  let after = await call('one-more')
  for (let turn = 0; after.status !== 200 && turn < 20; turn += 1) {
    clock.advance(10_000)
    after = await call('one-more')
  }
  expect(after).toMatchObject({ status: 200 })
}, 60_000)
