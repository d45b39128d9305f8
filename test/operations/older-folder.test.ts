// Data folders of earlier builds (git 4e3ea82, 71b13d2 and 0eef1e0, test/fixtures/data-folder): one that was
// stopped, one that was killed. The start migrates all of them.

import { afterEach, expect, test } from 'bun:test'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { said, scenes } from '../journeys/scene.ts'
import { behave, chat } from '../upstreams/index.ts'
import { budgetsOf, chargedBy, inDoubt, spentBy } from './money.ts'
import { endAll, eventually, launch, newFolder, spawnGateway } from './process.ts'

const { provider: newProvider } = scenes()
afterEach(endAll)

const fixtures = new URL('../fixtures/data-folder/', import.meta.url).pathname

type Fixture = 'clean' | 'killed' | '71b13d2-clean' | '71b13d2-killed' | '0eef1e0-clean' | '0eef1e0-killed'

async function copied(name: Fixture) {
  const provider = await newProvider()
  provider.always(behave.json(chat.completion('Hello')))
  const folder = newFolder()
  mkdirSync(join(folder, 'data'))
  cpSync(join(fixtures, name), join(folder, 'data'), { recursive: true })
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 10, output: 20 } } ] }
teams: { testers: { allow: { models: ["*"] }, budgets: [ { amount: 0.05, per: total } ] } }
`
  return { folder, config }
}

for (const [name, records] of Object.entries({ clean: 4, killed: 8 }))
  test(`a folder that was ${name === 'clean' ? 'stopped' : 'killed'} is migrated: every record and charge is there, in the current format`, async () => {
    const { folder, config } = await copied(name as 'clean' | 'killed')
    let node = await spawnGateway({ folder, config })
    await eventually('all is drained', async () => (await node.records()).length >= records)
    const old = await node.records()
    expect(/"cancelled"|"side":"reply"/.test(JSON.stringify(old))).toBe(false)
    expect(old.some(({ outcome }) => outcome === 'canceled')).toBe(true)
    expect(spentBy(await budgetsOf(node))).toEqual(chargedBy(old))
    const body = { model: 'fast', max_tokens: 20, messages: said('Hi') }
    // after a reboot the old journal proves nothing: the holds of its last epoch are in doubt and stay
    const ofFixture = inDoubt(await budgetsOf(node))
    expect((await node.chat(body)).status).toBe(200)
    expect(JSON.parse(readFileSync(join(folder, 'data', 'format.json'), 'utf8'))).toEqual({ format: 2 })
    node.signal('SIGKILL')
    await node.exited
    // a journal with both formats proves itself
    node = await spawnGateway({ folder, config })
    await eventually(
      'nothing of the new epochs is in doubt',
      async () => spentBy(await budgetsOf(node)) && (await node.records()).length > records,
    )
    expect((await node.ready()).warnings).toEqual([])
    expect(inDoubt(await budgetsOf(node))).toBe(ofFixture)
  }, 120_000)

for (const [name, records] of Object.entries({ '71b13d2-clean': 7, '71b13d2-killed': 7 }))
  test(`records of ${name} are in current tables: lists, runs, usage and findings, each once, and charges are not booked again`, async () => {
    const { folder, config } = await copied(name as Fixture)
    const node = await spawnGateway({
      folder,
      config: config.replace(
        'amount: 0.05, per: total }',
        'amount: 0.05, per: total }, { amount: 1, per: run, hard: false }',
      ),
    })
    await eventually('all is drained', async () => (await node.records()).length >= records)
    const all = await node.records()
    expect(spentBy(await budgetsOf(node))).toEqual(chargedBy(all))
    const ids = async (query: string) =>
      ((await node.admin(`/records?limit=100&${query}`)).body as { records: { id: string }[] }).records.map(
        ({ id }) => id,
      )
    const where = (is: (record: (typeof all)[number]) => boolean) =>
      all
        .filter(is)
        .map(({ id }) => id)
        .reverse()
    expect(await ids('tag=cost%3Dr42')).toEqual(where(({ tags }) => tags?.['cost'] === 'r42'))
    expect(await ids('finding=pii')).toEqual(where(({ findings }) => findings !== undefined))
    expect(await ids('code=policy-denied&policy=no-cards')).toHaveLength(1)
    expect(await ids('team=testers&destination=fake')).toEqual(
      where(({ target, attempts }) => (target ?? attempts.at(-1)?.target ?? '').startsWith('fake/')),
    )
    // that build did not record the side of a finding
    expect(
      all
        .filter(({ findings }) => findings !== undefined)
        .every(({ findings }) => Object.keys(findings ?? {}).join() === 'unphased'),
    ).toBe(true)
    expect((await node.admin('/runs/tester%3Ar1')).body).toMatchObject({
      run: { calls: 2, failed: 0, team: 'testers' },
      exchanges: [{ depth: 0 }, { depth: 0 }],
    })
    const { rows } = (await node.admin('/usage?by=day,outcome&from=2026-11-30')).body as {
      rows: { group: { outcome: string }; exchanges: number }[]
    }
    const counted = (outcome: string) =>
      all.filter((record) => record.outcome === outcome).reduce((sum, { repeats = 1 }) => sum + repeats, 0)
    expect(Object.fromEntries(rows.map(({ group, exchanges }) => [group.outcome, exchanges]))).toEqual(
      Object.fromEntries(
        [...new Set(all.map(({ outcome }) => outcome))].map((outcome) => [outcome, counted(outcome)]),
      ),
    )
    node.signal('SIGTERM')
    await node.exited
    const again = await spawnGateway({ folder, config })
    expect((await again.records()).map(({ id }) => id)).toEqual(all.map(({ id }) => id))
  }, 120_000)

for (const name of ['0eef1e0-clean', '0eef1e0-killed'] as const)
  test(`records and runs of ${name}, with a body row for each record and a row for each run, are found like new ones`, async () => {
    const { folder, config } = await copied(name)
    const node = await spawnGateway({
      folder,
      config: config.replace('testers: {', 'company: {}, testers: { parent: company,'),
    })
    await eventually('all is drained', async () => (await node.records()).length >= 7)
    const old = await node.records()
    expect(spentBy(await budgetsOf(node))).toEqual(chargedBy(old))
    const [, , lone, joined] = old
    const body = { model: 'fast', max_tokens: 20, messages: said('Hi') }
    const call = async (run?: string) =>
      (await node.chat(body, run === undefined ? {} : { headers: { 'x-gatehouse-run': run } })).status
    expect([await call(lone!.run), await call('lone'), await call(), await call()]).toEqual([
      200, 200, 200, 200,
    ])
    await eventually('the new ones are, too', async () => (await node.records()).length >= 11)
    const all = await node.records()
    for (const query of ['team=company', 'team=testers', 'destination=fake&team=company', 'key=tester']) {
      const { records } = (await node.admin(`/records?limit=100&${query}`)).body as { records: typeof all }
      const isMissing = (code: string | undefined) => query.startsWith('destination') && code !== undefined
      expect(records.map(({ id }) => id)).toEqual(
        all
          .filter(({ code }) => !isMissing(code))
          .map(({ id }) => id)
          .reverse(),
      )
    }
    const callsOf = async (run: string) =>
      ((await node.admin(`/runs/${encodeURIComponent(run)}`)).body as { run: { calls: number } }).run.calls
    for (const run of [lone!.run!, joined!.run!, 'tester:lone', 'tester:r1'])
      expect(await callsOf(run)).toBe(2)
    for (const { run } of all.slice(-2)) expect(await callsOf(run!)).toBe(1)
    const { runs } = (await node.admin('/runs?limit=100')).body as { runs: { id: string }[] }
    expect(runs.map(({ id }) => id).sort()).toEqual([...new Set(all.map(({ run }) => run!))].sort())
  }, 120_000)

test('a folder of a newer Gatehouse is refused with its version, the reason and the command that exports its records', async () => {
  const { folder, config } = await copied('clean')
  writeFileSync(join(folder, 'data', 'format.json'), '{"format":9}')
  const { exited, said: output } = launch({ folder, config })
  expect(await exited).toBe(1)
  expect(output.text).toMatch(
    /data has format 9, and this Gatehouse reads up to 2; .*gatehouse records list --json/,
  )
}, 30_000)
