// Many hard budgets whose windows end together: their next windows are granted at the same time, and the
// journal must be able to prove it.

import { afterEach, expect, test } from 'bun:test'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Budget } from '../../src/contract/admin-api.ts'
import { said, scenes } from '../journeys/scene.ts'
import { behave, chat } from '../upstreams/index.ts'
import { amountOf, chargedBy, inDoubt, repeated } from './money.ts'
import { endAll, eventually, type GatewayProcess, newFolder, spawnGateway } from './process.ts'

const { provider: newProvider } = scenes()
afterEach(endAll)

const hour = 3_600_000
const keys = Array.from({ length: 300 }, (_, index) => ({
  id: `key-${index}`,
  secret: `gh_key-of-a-rollover-${String(index).padStart(4, '0')}-0123456789`,
}))
const request = { model: 'fast', max_tokens: 20, messages: said('Hi') }

/** The wall clock of a gateway process, moved by hand; its timers run normally. */
function movedClock(folder: string) {
  const path = join(folder, 'clock-offset')
  let offset = 0
  const moveTo = (at: number) => {
    offset = Math.max(offset, at - Date.now())
    writeFileSync(path, new Uint8Array(new Float64Array([offset]).buffer), {
      flag: offset === 0 ? 'w' : 'r+',
    })
  }
  moveTo(0)
  return {
    moveTo,
    env: { CLOCK_OFFSET: path, BUN_OPTIONS: `--preload ${join(import.meta.dir, 'moved-clock.ts')}` },
  }
}

/**
 * One served call of each key. On a busy machine the request to the store may be late; then the client
 * retries, as clients do.
 */
async function callWithEach(node: GatewayProcess): Promise<void> {
  const serve = async (secret: string) => {
    const response = await node.chat(request, { key: secret })
    await response.arrayBuffer()
    if (response.status !== 200 && response.status !== 503)
      throw new Error(`${secret} got ${response.status}`)
    return response.status === 200
  }
  for (let from = 0; from < keys.length; from += 25)
    await Promise.all(
      keys.slice(from, from + 25).map(({ secret }) => eventually('it is served', () => serve(secret))),
    )
}

const served = async (node: GatewayProcess) =>
  (await node.records()).filter(({ outcome }) => outcome === 'ok')
const allBudgets = async (node: GatewayProcess) =>
  ((await node.admin('/budgets?over=true&limit=1000')).body as { budgets: Budget[] }).budgets
const windowsOf = (budgets: readonly Budget[], start: number) =>
  budgets.filter(({ window }) => window === new Date(start).toISOString()).length

function spentOf(budgets: readonly Budget[]): Record<string, bigint> {
  const sums: Record<string, bigint> = {}
  for (const { id, spent } of budgets) if (amountOf(spent) > 0n) sums[id] = (sums[id] ?? 0n) + amountOf(spent)
  return sums
}

test('after a kill and a rollover of 300 hourly budgets, a gateway proves every grant: no doubt, no lost record', async () => {
  const provider = await newProvider()
  provider.always(behave.json(chat.completion('Hello')))
  const folder = newFolder()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 10, output: 20 } } ] }
teams: { testers: { allow: { models: ["*"] }, budgets: [ { amount: 100, per: total } ] } }
keys:
${keys.map(({ id, secret }) => `  ${id}: { team: testers, secret: ${secret}, budgets: [ { amount: 1, per: hour } ] }`).join('\n')}
`
  const clock = movedClock(folder)
  const end = (Math.floor(Date.now() / hour) + 2) * hour
  clock.moveTo(end - 100_000)
  let node = await spawnGateway({ folder, config, env: clock.env })
  await callWithEach(node)
  expect(windowsOf(await allBudgets(node), end - hour)).toBe(keys.length)

  clock.moveTo(end - 30_000)
  await eventually(
    'the next windows are granted',
    async () => windowsOf(await allBudgets(node), end) === keys.length,
  )
  clock.moveTo(end + 1_000)
  await callWithEach(node)
  // everything that the process wrote is drained, so an unreadable line is found
  await eventually('all is drained', async () => (await served(node)).length === 2 * keys.length)
  expect((await node.ready()).warnings).toEqual([])
  await callWithEach(node)
  node.signal('SIGKILL')
  await node.exited

  node = await spawnGateway({ folder, config, env: clock.env })
  const records = await eventually('all is drained', async () => {
    const found = await served(node)
    return found.length === 3 * keys.length && found
  })
  expect(repeated(records)).toEqual([])
  expect((await node.ready()).warnings).toEqual([])
  expect(readdirSync(join(folder, 'data', 'journal')).filter((name) => name.includes('quarantine'))).toEqual(
    [],
  )
  const budgets = await allBudgets(node)
  expect(inDoubt(budgets)).toBe(0n)
  expect(spentOf(budgets)).toEqual(chargedBy(records))
  expect(windowsOf(budgets, end)).toBe(keys.length)
}, 120_000)
