// Data folders of the build before (git 4e3ea82, test/fixtures/data-folder): one that was stopped, one that was killed. Both are migrated at the start.

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

async function copied(name: 'clean' | 'killed') {
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
  test(`a folder that was ${name === 'clean' ? 'stopped' : 'killed'} is migrated: every record and charge is there, in today's words`, async () => {
    const { folder, config } = await copied(name as 'clean' | 'killed')
    let node = await spawnGateway({ folder, config })
    await eventually('all is drained', async () => (await node.records()).length >= records)
    const old = await node.records()
    expect(/"cancelled"|"side":"reply"/.test(JSON.stringify(old))).toBe(false)
    expect(old.some(({ outcome }) => outcome === 'canceled')).toBe(true)
    expect(spentBy(await budgetsOf(node))).toEqual(chargedBy(old))
    const body = { model: 'fast', max_tokens: 20, messages: said('Hi') }
    // on a machine that was started anew the old journal proves nothing: what its last epoch held is in doubt, and stays
    const ofFixture = inDoubt(await budgetsOf(node))
    expect((await node.chat(body)).status).toBe(200)
    expect(JSON.parse(readFileSync(join(folder, 'data', 'format.json'), 'utf8'))).toEqual({ format: 2 })
    node.signal('SIGKILL')
    await node.exited
    // a journal of both formats proves itself
    node = await spawnGateway({ folder, config })
    await eventually('nothing of the new epochs is in doubt', async () => spentBy(await budgetsOf(node)) && (await node.records()).length > records)
    expect((await node.ready()).warnings).toEqual([])
    expect(inDoubt(await budgetsOf(node))).toBe(ofFixture)
  }, 120_000)

test('a folder of a newer Gatehouse is refused with its version, the reason and the command that exports its records', async () => {
  const { folder, config } = await copied('clean')
  writeFileSync(join(folder, 'data', 'format.json'), '{"format":9}')
  const { exited, said: output } = launch({ folder, config })
  expect(await exited).toBe(1)
  expect(output.text).toMatch(/data has format 9, and this Gatehouse reads up to 2; .*gatehouse records list --json/)
}, 30_000)
