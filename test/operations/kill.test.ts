// `kill -9` of a gateway under load, at instants that a seed chooses, again and again on the same data
// folder.

import { afterAll, expect, test } from 'bun:test'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'
import { budgetsOf, chargedBy, inDoubt, repeated, spentBy } from './money.ts'
import {
  endAll,
  eventually,
  type GatewayProcess,
  launch,
  newFolder,
  readAll,
  spawnGateway,
} from './process.ts'

const providers: FakeProvider[] = []
afterAll(async () => {
  await endAll()
  for (const provider of providers) await provider.close()
})

const configFor = (provider: FakeProvider) => `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: upstream-key }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ] }
teams:
  testers:
    allow: { models: ["*"] }
    budgets: [ { amount: 5, per: total }, { amount: 100M, per: total, unit: tokens }, { amount: 100, per: year, hard: false } ]
`

const request = { model: 'fast', max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }] }
/** 11 input tokens at $1, 7 output tokens at $2 per million. */
const costOfAnswer = '25000'

/** A small PRNG (mulberry32): the same seed, the same instants. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides
  }
}

const pieces = ['Hello ', 'from ', 'the ', 'fake ', 'provider.']

/** The moment of the kill, counted in events at the provider or at the clients. */
type Instant = { on: 'request' | 'answered' | 'seen'; count: number }

/** A response or refusal that a client received completely. */
interface Seen {
  id: string
  isAnswer: boolean
}

async function load(node: GatewayProcess, provider: FakeProvider, instant: Instant): Promise<Seen[]> {
  const whole: Seen[] = []
  let isDead = false
  let left = instant.count
  const passed = (on: Instant['on']) => {
    if (on !== instant.on || isDead || --left > 0) return
    isDead = true
    node.signal('SIGKILL')
  }
  provider.always(
    behave.custom(async (call) => {
      passed('request')
      const { stream } = call.request.json()
      // the last byte of the response and the kill happen in the same turn
      if (stream) {
        call.head(200, { 'content-type': 'text/event-stream' })
        for (const event of chat.stream(pieces, { withUsage: true }).split(/(?<=\n\n)/))
          await call.push(event)
        call.end()
      } else await behave.json(chat.completion(pieces.join(''))).answer(call)
      passed('answered')
    }),
  )
  const caller = async (isStream: boolean) => {
    while (!isDead) {
      const response = await node
        .chat(isStream ? { ...request, stream: true, stream_options: { include_usage: true } } : request, {
          headers: { 'x-gatehouse-run': 'load' },
        })
        .catch(() => undefined)
      if (!response) return
      const { text, isWhole } = await readAll(response)
      const exchange = response.headers.get('x-gatehouse-exchange') ?? ''
      if (isWhole && (isStream && response.ok ? text.endsWith('data: [DONE]\n\n') : text.endsWith('}'))) {
        whole.push({ id: exchange, isAnswer: response.ok })
        passed('seen')
      }
    }
  }
  await Promise.all([caller(true), caller(false), caller(true), caller(false), caller(true), caller(false)])
  await node.exited
  return whole
}

test('every whole response has a record, and money adds up, however often the process is killed', async () => {
  const seed = Number(process.env['GATEHOUSE_SEED'] ?? 20261123)
  const roll = dice(seed)
  const instants = Array.from(
    { length: 5 },
    (_, round): Instant => ({
      on: (['answered', 'request', 'seen'] as const)[round % 3] ?? 'seen',
      count: 20 + roll(120),
    }),
  )
  const why = `seed ${seed}, killed at ${JSON.stringify(instants)}`
  const provider = await fakeProvider()
  providers.push(provider)
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  const folder = newFolder()
  const config = configFor(provider)
  const seen: Seen[] = []
  for (const instant of instants)
    seen.push(...(await load(await spawnGateway({ folder, config }), provider, instant)))
  expect(seen.length, why).toBeGreaterThan(100)

  const node = await spawnGateway({ folder, config })
  // once everything is drained and proven, nothing stays in doubt: this kernel received every write
  const budgets = await eventually('nothing is in doubt and all is drained', async () => {
    const [now, records] = [await budgetsOf(node), await node.records()]
    return (
      inDoubt(now) === 0n &&
      Bun.deepEquals(spentBy(now), chargedBy(records)) &&
      records.length >= seen.length &&
      now
    )
  })
  const records = await node.records()
  expect(repeated(records), why).toEqual([])
  const ids = new Set(records.map(({ id }) => id))
  expect(
    seen.filter(({ id }) => !ids.has(id)),
    why,
  ).toEqual([])
  const responses = new Set(seen.filter(({ isAnswer }) => isAnswer).map(({ id }) => id))
  for (const record of records)
    if (responses.has(record.id)) expect(record, why).toMatchObject({ outcome: 'ok', costNano: costOfAnswer })

  const cut = records.filter(({ outcome }) => outcome === 'cut')
  expect(cut.length, why).toBeGreaterThan(0)
  for (const record of cut) {
    expect(record, why).toMatchObject({ code: 'crashed', costBasis: 'bound', target: 'fake/fake-model' })
    // the maximum: 50 output tokens, and no fewer input tokens than the prompt can have
    expect(BigInt(record.costNano ?? 0), why).toBeGreaterThan(100_000n)
  }
  // every sent call has a line in the journal
  const chats = provider.requests.filter(({ path }) => path.endsWith('/chat/completions'))
  expect(chats.length, why).toBeLessThanOrEqual(
    records.reduce((sum, { attempts }) => sum + attempts.length, 0),
  )
  expect(Object.keys(spentBy(budgets)).toSorted(), why).toEqual([
    'team/testers/total/tokens',
    'team/testers/total/usd',
    'team/testers/year/usd',
  ])
  node.signal('SIGTERM')
  expect(await node.exited).toBe(0)
}, 60_000)

test('a start that is killed repeatedly leaves everything that the next start needs', async () => {
  const seed = Number(process.env['GATEHOUSE_SEED'] ?? 20261123)
  const roll = dice(seed)
  const provider = await fakeProvider()
  providers.push(provider)
  provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
  const folder = newFolder()
  const config = configFor(provider)
  const first = await spawnGateway({ folder, config })
  for (let call = 0; call < 20; call += 1) expect((await first.chat(request)).status).toBe(200)
  // three calls are at the provider when the process dies
  provider.always(behave.hang())
  const hanging = Array.from({ length: 3 }, () => first.chat(request).catch(() => undefined))
  await eventually('they are sent', () => Promise.resolve(provider.running === 3))
  first.signal('SIGKILL')
  await Promise.all([first.exited, ...hanging])
  for (let round = 0; round < 6; round += 1) {
    const { child, exited } = launch({ folder, config })
    // from before its first line to after its recovery, wherever the process is at that time
    await Promise.race([exited, Bun.sleep(100 + roll(500))])
    child.kill('SIGKILL')
    await exited
  }

  const node = await spawnGateway({ folder, config })
  await eventually('all is drained and nothing in doubt', async () => {
    const [budgets, records] = [await budgetsOf(node), await node.records()]
    return (
      records.length === 23 && inDoubt(budgets) === 0n && Bun.deepEquals(spentBy(budgets), chargedBy(records))
    )
  })
  const records = await node.records()
  expect(repeated(records), `seed ${seed}`).toEqual([])
  expect(records.filter(({ outcome }) => outcome === 'cut')).toHaveLength(3)
}, 60_000)
