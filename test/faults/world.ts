// Shared by the failure tests: a gateway in front of one fake provider, a hard budget over everything, and a
// check that nothing is left open.
//
// Each test calls its own model (`world.model()`), because a breaker that one test opened must not refuse the
// next test.

import { expect } from 'bun:test'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import type { FakeClock } from '../../src/kit/fake-clock.ts'
import { type Gatehouse, startGateway } from '../journeys/gateway.ts'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'

export interface World {
  gatehouse: Gatehouse
  provider: FakeProvider
  /** The name of a model without earlier calls. */
  model(): string
  /** The sum over all samples of one name in /metrics. */
  sum(name: string): Promise<number>
  /** Resolves when nothing is in flight. */
  quiet(): Promise<void>
  /** Checks that nothing is left open, then ends the world. */
  end(): Promise<void>
}

export interface WorldOptions {
  /** Further lines of YAML. */
  config?: string
  /** Lines of the provider's rule: `timeouts: { idle: 1s }`. */
  provider?: string
  /** Lines of each model: `retry: { attempts: 1 }`. */
  each?: string
  models?: number
  clock?: FakeClock
  /** Is the budget over everything a hard budget? Default: true. */
  isHard?: boolean
}

/** Input is free and output costs 1,000,000 nano-dollars a token: `max_tokens: 10` may cost one cent. */
const price = '{ input: 0, output: 1000 }'
const budgetNano = 1_000_000_000_000n

/** Unhandled rejections in any part of the process. */
const unhandled: unknown[] = []
process.on('unhandledRejection', (reason) => void unhandled.push(reason))

export async function world({
  config = '',
  provider: rule = '',
  each = 'retry: { attempts: 1 }',
  models = 60,
  clock,
  isHard = true,
}: WorldOptions = {}): Promise<World> {
  const provider = await fakeProvider()
  // otherwise the request for models, which may come at any time, would get the response scripted for a call
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  const names = Array.from({ length: models }, (_, index) => `day-${index}`)
  const gatehouse = await startGateway({
    config: `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: "\${UPSTREAM_KEY}"${rule && `, ${rule}`} }
models:
${['untouched', ...names].map((name) => `  ${name}: { targets: [ { target: fake/${name}, price: ${price} } ]${each && `, ${each}`} }`).join('\n')}
teams:
  testers: { allow: { models: ["*", "*/*"] }, budgets: [ { amount: 1000, per: total, hard: ${isHard} } ] }
${config}`,
    env: { UPSTREAM_KEY: 'sk-upstream-planted' },
    ...(clock ? { clock } : {}),
  })
  unhandled.length = 0
  let used = 0

  async function sum(name: string): Promise<number> {
    const text = await (await fetch(`${gatehouse.url}/metrics`)).text()
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    return lines.reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
  }

  async function quiet(): Promise<void> {
    await until(async () => (await sum('gatehouse_exchanges_in_flight')) === 0, 'no exchange in flight')
  }

  return {
    gatehouse,
    provider,
    model() {
      const name = names[used++]
      if (name === undefined) throw new Error(`this world has only ${models} models; ask for more`)
      return name
    },
    sum,
    quiet,
    async end() {
      try {
        await quiet()
        await nothingHeld(gatehouse, isHard, () => {
          // the drain and the ledger wait on the same clock
          clock?.advance(100)
          return sum('gatehouse_exchanges_total')
        })
        expect(unhandled).toEqual([])
        expect(gatehouse.log.filter((line) => line.includes('"level":"error"'))).toEqual([])
        for (const line of gatehouse.log) expect(line).not.toContain('sk-upstream-planted')
      } finally {
        await provider.close()
        await gatehouse.stop()
      }
    },
  }
}

/**
 * Checks that no reservation is stuck: a call that needs the whole rest of the budget is admitted, and a call
 * that needs more is not.
 */
async function nothingHeld(
  gatehouse: Gatehouse,
  isHard: boolean,
  closed: () => Promise<number>,
): Promise<void> {
  const settled = await until(async () => {
    const records = (await everyRecord(gatehouse)).filter((record) => record.key !== undefined)
    if (records.length < (await closed())) return undefined
    const spent = records.reduce((sum, record) => sum + BigInt(record.costNano ?? 0), 0n)
    return (await spentNano(gatehouse)) === spent ? { spent } : undefined
  }, 'the ledger agrees with the records')
  if (!isHard) return
  const tokens = Number((budgetNano - settled.spent) / 1_000_000n)
  const ask = (most: number) =>
    gatehouse.chat({
      model: 'untouched',
      messages: [{ role: 'user', content: 'all of it' }],
      max_tokens: most,
    })
  expect((await ask(tokens + 1)).status).toBe(429)
  expect((await ask(tokens)).status).toBe(200)
}

async function spentNano(gatehouse: Gatehouse): Promise<bigint> {
  const { body } = await gatehouse.admin('/budgets')
  const { budgets } = body as { budgets: { spent: string }[] }
  return budgets.reduce((sum, { spent }) => sum + nanoOf(spent), 0n)
}

/** `$1.25` → 1,250,000,000. */
function nanoOf(text: string): bigint {
  const [whole = '0', decimals = ''] = text.replace('$', '').split('.')
  return BigInt(whole) * 1_000_000_000n + BigInt(decimals.padEnd(9, '0'))
}

async function everyRecord(gatehouse: Gatehouse): Promise<ExchangeRecord[]> {
  const all: ExchangeRecord[] = []
  for (let cursor = ''; ; ) {
    const { body } = await gatehouse.admin(`/records?limit=200${cursor}`)
    const page = body as { records: ExchangeRecord[]; next?: string }
    all.push(...page.records)
    if (page.next === undefined) return all
    cursor = `&after=${encodeURIComponent(page.next)}`
  }
}

/** Polls for a change in another thread or process. */
export async function until<Found>(
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  what: string,
): Promise<Found> {
  const deadline = performance.now() + 10_000
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`10 s passed and this was not so: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Resolves with the count when it has stopped growing. */
export async function stalled(count: () => number): Promise<number> {
  for (let last = count(), since = performance.now(); ; ) {
    await new Promise((resolve) => setImmediate(resolve))
    const now = count()
    if (now !== last) since = performance.now()
    else if (performance.now() - since > 200) return now
    last = now
  }
}
