// A damaged or lost journal, and a restored store: unprovable money stays counted, no record is lost
// silently, and the gateway reports it.

import { afterEach, describe, expect, test } from 'bun:test'
import { cpSync, openSync, readdirSync, readSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { said, scenes } from '../journeys/scene.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { budgetsOf, chargedBy, inDoubt, spentBy } from './money.ts'
import { binary, endAll, eventually, type GatewayProcess, newFolder, spawnGateway } from './process.ts'

const { provider: newProvider } = scenes()
afterEach(endAll)

const capNano = 10_000_000n
const configFor = (provider: FakeProvider) => `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 10, output: 20 } } ] }
teams: { testers: { allow: { models: ["*"] }, budgets: [ { amount: 0.01, per: total } ] } }
`
const request = { model: 'fast', max_tokens: 20, messages: said('Hi') }

async function scene() {
  const provider = await newProvider()
  provider.always(behave.json(chat.completion('Hello')))
  const folder = newFolder()
  const journal = join(folder, 'data', 'journal')
  const start = () => spawnGateway({ folder, config: configFor(provider) })
  return { provider, folder, journal, start }
}

/** @returns the number of served calls */
async function calls(node: GatewayProcess, count: number): Promise<number> {
  let served = 0
  for (let call = 0; call < count; call += 1) if ((await node.chat(request)).status === 200) served += 1
  return served
}

async function end(node: GatewayProcess, signal: 'SIGKILL' | 'SIGTERM' = 'SIGTERM') {
  // it handles signals once it responds
  if (signal === 'SIGTERM') await node.ready()
  node.signal(signal)
  await node.exited
}

const sent = (provider: FakeProvider) =>
  provider.requests.filter(({ path }) => path.endsWith('/chat/completions')).length

/** The vendor's bill: 10 and 20 dollars per million for the usage in the completion. */
function billed(provider: FakeProvider): bigint {
  const { usage } = chat.completion('Hello')
  return BigInt(sent(provider) * (usage.prompt_tokens * 10_000 + usage.completion_tokens * 20_000))
}

const segmentsOf = (journal: string, ending = '.journal') =>
  readdirSync(journal)
    .filter((name) => name.endsWith(ending))
    .toSorted()
const lastOf = (journal: string) => join(journal, segmentsOf(journal).at(-1)!)

function flipBit(path: string, at: number) {
  const [file, byte] = [openSync(path, 'r+'), new Uint8Array(1)]
  readSync(file, byte, 0, 1, at)
  byte[0] = byte[0]! ^ 1
  writeSync(file, byte, 0, 1, at)
}

const harms: Readonly<Record<string, (journal: string) => void>> = {
  'one bit of the header of its last segment is flipped': (journal) => flipBit(lastOf(journal), 40),
  'its last segment is deleted': (journal) => rmSync(lastOf(journal)),
  'its folder is deleted': (journal) => rmSync(journal, { recursive: true }),
}

describe('nothing is freed after kill -9 and the gateway reports it if', () => {
  for (const [what, harm] of Object.entries(harms))
    test(what, async () => {
      const { provider, journal, start } = await scene()
      let node = await start()
      expect(await calls(node, 10)).toBe(10)
      for (let round = 0; round < 2; round += 1) {
        await end(node, 'SIGKILL')
        harm(journal)
        node = await start()
        // a start that was granted nothing can miss nothing
        if (round === 0) {
          expect((await node.ready()).warnings.join()).toMatch(
            /the journal is not complete: .*(missing|could not be read).*put back the missing files/,
          )
          expect(node.said()).toContain('the journal is not complete')
        }
        expect(inDoubt(await budgetsOf(node))).toBeGreaterThan(0n)
        await calls(node, 10)
      }
      // the cost of lost records is in doubt, and the vendor never bills more than the cap
      expect(billed(provider)).toBeLessThanOrEqual(capNano)
    }, 120_000)
})

test('a journal that is deleted after a clean stop costs nothing: later calls are recorded and charged', async () => {
  const { provider, journal, start } = await scene()
  let node = await start()
  for (let round = 0; round < 3; round += 1) {
    expect(await calls(node, 3)).toBe(3)
    await end(node)
    node = await start()
  }
  await end(node)
  rmSync(journal, { recursive: true })
  for (let round = 0; round < 2; round += 1) {
    node = await start()
    const before = (await node.records()).length
    const served = await calls(node, 5)
    await eventually('they are recorded', async () => (await node.records()).length >= before + served)
    expect((await node.ready()).warnings).toEqual([])
    await end(node)
  }
  node = await start()
  const records = (await node.records()).filter(({ status }) => status === 200)
  expect(records.length).toBe(sent(provider))
  expect(spentBy(await budgetsOf(node))).toEqual(chargedBy(records))
  expect(billed(provider)).toBeLessThanOrEqual(capNano)
}, 120_000)

describe('a database that was restored from an older backup', () => {
  async function restored(deleteDrained: boolean) {
    const made = await scene()
    const { folder, journal, start } = made
    const [database, backup] = [join(folder, 'data', 'gatehouse.db'), join(folder, 'backup.db')]
    let node = await start()
    await calls(node, 5)
    await end(node)
    cpSync(database, backup)
    for (let round = 0; round < 3; round += 1) {
      node = await start()
      await calls(node, 4)
      // a little later: everything that this start has written is drained
      await eventually('all is drained', async () => (await node.records()).length >= 5 + 4 * (round + 1))
      await end(node, round === 2 ? 'SIGKILL' : 'SIGTERM')
    }
    if (deleteDrained) for (const name of segmentsOf(journal, '.drained')) rmSync(join(journal, name))
    for (const tail of ['-wal', '-shm']) rmSync(`${database}${tail}`, { force: true })
    cpSync(backup, database)
    return { ...made, database }
  }

  test('a restored database is filled again from the segments that still exist', async () => {
    const { start } = await restored(false)
    const node = await start()
    expect((await node.records()).length).toBe(17)
    expect(spentBy(await budgetsOf(node))).toEqual(chargedBy(await node.records()))
    expect((await node.ready()).warnings).toEqual([])
    expect(await calls(node, 1)).toBe(1)
  }, 120_000)

  test('a restored database without its segments is noticed: open amounts count as spent until it is adopted', async () => {
    const { provider, folder, start } = await restored(true)
    let node = await start()
    const warnings = (await node.ready()).warnings.join()
    expect(warnings).toMatch(
      /the store was set back; the data folder has seen epoch \d+, the store \d+.*run "gatehouse store adopt"/,
    )
    expect(await calls(node, 5)).toBe(0)
    expect(billed(provider)).toBeLessThanOrEqual(capNano)
    await end(node)
    // and a restart keeps this state
    node = await start()
    expect((await node.ready()).warnings.join()).toContain('the store was set back')
    expect(await calls(node, 1)).toBe(0)
    await end(node)

    expect(adopt(folder)).toContain('the store is accepted')
    node = await start()
    expect((await node.ready()).warnings).toEqual([])
    expect(await calls(node, 1)).toBe(1)
  }, 120_000)

  test('a folder that was restored as a whole is declared with --restored', async () => {
    const { folder, start } = await scene()
    let node = await start()
    await calls(node, 2)
    await end(node)
    expect(adopt(folder, '--restored')).toContain('counts as fully spent')
    node = await start()
    expect(await calls(node, 1)).toBe(0)
    await end(node)
    adopt(folder)
    node = await start()
    expect(await calls(node, 1)).toBe(1)
  }, 120_000)
})

function adopt(folder: string, ...more: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(
    [binary, 'store', 'adopt', '--data', join(folder, 'data'), ...more],
    { cwd: folder },
  )
  if (exitCode !== 0) throw new Error(stderr.toString())
  expect(statSync(join(folder, 'data', 'gatehouse.db')).size).toBeGreaterThan(0)
  return stdout.toString()
}
