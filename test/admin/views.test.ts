// Tests the pages that administrators read: usage, budgets, records, the live tail, providers, configuration
// and explanations. Also tests kill signals.

import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { adminActor } from '../../src/contract/actor.ts'
import { declare } from '../money/declare.ts'
import {
  budgetListSchema,
  configurationSchema,
  doubtResultSchema,
  explanationSchema,
  problemSchema,
  providerListSchema,
  latencySchema,
  recordPageSchema,
  recordSchema,
  runPageSchema,
  runTreeSchema,
  reloadSchema,
  usageSchema,
} from '../../src/contract/admin-api.ts'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { toCsv } from '../../src/control/usage/csv.ts'
import { record, type World, world } from './world.ts'

let here: World
beforeEach(() => void (here = world()))
afterEach(() => here.stop())

const json = async (path: string, init?: Parameters<World['call']>[1]) =>
  (await here.call(`/admin/v1${path}`, init)).json()
const unpriced = (priced: ExchangeRecord): ExchangeRecord => {
  const copy = { ...priced }
  delete copy.costNano
  return copy
}
const refused = async (path: string, init?: Parameters<World['call']>[1]) =>
  problemSchema.parse(await json(path, init))

describe('usage', () => {
  test('usage is summed by the requested dimensions, exact to the nano-dollar and beyond 2^53', async () => {
    here.records.held = [
      record(1, { costNano: '9007199254740993' }),
      record(2, { key: 'other', costNano: '1' }),
      unpriced(record(3, { target: 'inside/llama', usage: { inputTokens: 7 } })),
    ]
    const response = usageSchema.parse(await json('/usage?by=key,target&from=2026-11-23&to=2026-11-23'))
    expect(response).toMatchObject({
      from: '2026-11-23T00:00:00.000Z',
      to: '2026-11-24T00:00:00.000Z',
      by: ['key', 'target'],
    })
    expect(response.rows).toHaveLength(3)
    expect(response.rows.find((row) => row.group.target === 'inside/llama')).toMatchObject({
      cost: '$0.00',
      unpriced: 1,
      inputTokens: '7',
    })
    expect(response.total).toMatchObject({
      exchanges: 3,
      costNano: '9007199254740994',
      cost: '$9007199.254740994',
      unpriced: 1,
      inputTokens: '27',
    })
  })

  test('usage counts whole hours and says which hours', async () => {
    const response = usageSchema.parse(await json('/usage?from=2026-11-23T09:30:00Z&to=2026-11-23T10:00:01Z'))
    expect(response).toMatchObject({ from: '2026-11-23T09:00:00.000Z', to: '2026-11-23T11:00:00.000Z' })
  })

  test('usage covers the last 30 days by day if the query is empty', async () => {
    const response = usageSchema.parse(await json('/usage'))
    expect(response).toMatchObject({
      from: '2026-10-24T00:00:00.000Z',
      to: '2026-11-23T12:00:00.000Z',
      by: ['day'],
      rows: [],
    })
    expect(response.total).toMatchObject({ exchanges: 0, cost: '$0.00' })
  })

  test('in usage as CSV, no name that a caller chose can run as a formula', async () => {
    const nasty = ['=cmd|"/c calc"!A1', '+1+1', '-2+3', '@SUM(A1)', '\tx', 'a "quoted", one', "'=1"]
    here.records.held = nasty.map((name, index) => record(index, { resource: { kind: 'model', name } }))
    const response = await here.call('/admin/v1/usage?by=model&format=csv')
    expect(response.headers.get('content-type')).toStartWith('text/csv')
    expect(response.headers.get('content-disposition')).toContain('attachment')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect((await response.text()).split('\r\n')).toEqual([
      'model,exchanges,input_tokens,output_tokens,cache_read_tokens,cost_usd,cost_nano_usd,estimated_nano_usd,unpriced',
      // by name
      ...[
        `"'\tx"`,
        `"'=1"`,
        `"'+1+1"`,
        `"'-2+3"`,
        `"'=cmd|""/c calc""!A1"`,
        `"'@SUM(A1)"`,
        '"a ""quoted"", one"',
      ].map((cell) => `${cell},1,10,5,0,0.0015,1500000,0,0`),
      '',
    ])
    expect(toCsv([['-1.5', '-', '']])).toBe('-1.5,"\'-",\r\n')
  })

  test.each([
    ['by=day,customer', '"customer" is not a dimension'],
    ['by=hour,person', 'by the hour there is usage of'],
    ['by=tag,key', 'fewer dimensions'],
    ['by=hour&from=2026-01-01', 'hours are kept for 100 days'],
    ['from=yesterday', '"yesterday"'],
    ['from=2026-11-20T10:00:00', '"2026-11-20T10:00:00"'],
    ['from=2026-11-21&to=2026-11-20', 'exchange them'],
    ['from=2027-01-01', 'future'],
    ['format=xml', 'format'],
  ])('refuses %s', async (query, words) =>
    expect(await refused(`/usage?${query}`)).toMatchObject({
      status: 400,
      detail: expect.stringContaining(words),
    }),
  )
})

describe('budgets', () => {
  const month = '2026-11-01T00:00:00.000Z'

  async function used() {
    await here.call('/admin/v1/keys', {
      method: 'POST',
      body: { id: 'ci', team: 'research', budgets: [{ amount: 3, per: 'run' }] },
    })
    const { ledger } = here
    const declared = (id: string, cap: bigint, per: 'month' | 'day' | 'run') => ({
      id,
      cap,
      per,
      zone: 'UTC',
      isHard: true,
    })
    await declare(ledger, [
      declared('team/research/month/usd', 500_000_000_000n, 'month'),
      declared('team/research/day/tokens', 1_000_000n, 'day'),
      declared('key/ci/run/usd', 3_000_000_000n, 'run'),
      declared('team/old/day/tokens', 5n, 'day'),
    ])
    const lost = await ledger.register({ bootId: 'a', proven: [] })
    const needs = [{ budget: 'team/research/month/usd', window: 'current' as const, need: 8n, want: 0n }]
    await ledger.acquire({ holder: lost.holder, epoch: lost.epoch, seq: 1, needs })
    await ledger.expire(-1)
    const { holder, epoch } = await ledger.register({ bootId: 'b', proven: [] })
    await ledger.acquire({ holder, epoch, seq: 1, needs: [{ ...needs[0]!, need: 1_000_000_000n }] })
    const charges = [
      {
        bucket: 'team/research/month/usd',
        window: month,
        amount: '600000000',
        epoch,
        basis: 'bound' as const,
      },
      { bucket: 'team/research/month/usd', window: month, amount: '1', epoch, forgiven: '70' },
      {
        bucket: 'team/old/day/tokens',
        window: '2026-11-23T00:00:00.000Z',
        amount: '5',
        basis: 'estimated' as const,
      },
      { bucket: 'key/ci/run/usd#ci:run_7', window: 'ci:run_7', amount: '9' },
    ]
    const at = { segment: 0, offset: 0 }
    await ledger.settle({
      holder,
      from: at,
      to: { segment: 1, offset: 1 },
      records: [record(1, { charges })],
    })
    return lost
  }

  test('budgets show all sums and how they were found, including unused and retired ones', async () => {
    await used()
    const { budgets } = budgetListSchema.parse(await json('/budgets'))
    expect(budgets.map((one) => [one.id, one.scope.kind, one.cap, one.spent, one.left])).toEqual([
      ['key/ci/run/usd#ci:run_7', 'key', '$3.00', '$0.000000009', '$2.999999991'],
      ['team/old/day/tokens', 'retired', '5', '5', '0'],
      ['team/research/day/tokens', 'team', '1000000', '0', '1000000'],
      ['team/research/month/usd', 'team', '$500.00', '$0.600000001', '$499.399999991'],
    ])
    expect(budgets[1]).toMatchObject({ estimated: '5', atBound: '0' })
    expect(budgets[3]).toMatchObject({
      held: '$0.399999999',
      free: '$498.999999992',
      inDoubt: '$0.000000008',
      atBound: '$0.60',
      forgiven: '$0.00000007',
      endsAt: '2026-12-01T00:00:00.000Z',
      isHard: true,
      isOver: false,
    })
    expect(budgets[0]?.endsAt).toBeUndefined()
    expect(budgets[2]?.window).toBeUndefined()
  })

  test('budgets can be filtered by team, key and id, and come in pages', async () => {
    await used()
    const ids = async (query: string) =>
      budgetListSchema.parse(await json(`/budgets?${query}`)).budgets.map((one) => one.id)
    expect(await ids('team=research')).toHaveLength(2)
    expect(await ids('key=ci')).toEqual(['key/ci/run/usd#ci:run_7'])
    expect(await ids('key=other')).toEqual([])
    expect(await ids('budget=key/ci/run/usd')).toEqual(['key/ci/run/usd#ci:run_7'])
    expect(await ids('budget=team/research/day/tokens')).toEqual(['team/research/day/tokens'])
    const all: string[] = []
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page = budgetListSchema.parse(await json(`/budgets?limit=1${next && `&after=${next}`}`))
      expect(page.budgets.length).toBeLessThanOrEqual(1)
      all.push(...page.budgets.map((one) => one.id))
      next = page.next
    }
    expect(all).toHaveLength(4)
    expect(await refused('/budgets?after=nonsense')).toMatchObject({
      status: 400,
      detail: expect.stringContaining('after'),
    })
  })

  test('money in doubt is released after 24 silent hours or written off, and stays visible', async () => {
    await used()
    const decide = async (action: string) =>
      doubtResultSchema.parse(
        await (
          await here.call('/admin/v1/budgets/decisions', {
            method: 'POST',
            body: { action, budget: 'team/research/month/usd' },
          })
        ).json(),
      )
    expect(await decide('release')).toMatchObject({ decisions: [], tooRecent: 1 })
    expect((await decide('write-off')).decisions).toMatchObject([
      { action: 'write-off', amount: '$0.000000008', by: 'admin' },
    ])
    const shown = async () =>
      budgetListSchema.parse(await json('/budgets?budget=team/research/month/usd')).budgets[0]
    expect(await shown()).toMatchObject({
      inDoubt: '$0.00',
      spent: '$0.600000009',
      writtenOff: '$0.000000008',
      decisions: [{ action: 'write-off' }],
    })
    here.clock.advance(24 * 3_600_000)
    expect((await decide('release')).decisions).toMatchObject([{ action: 'release', amount: '$0.000000008' }])
    expect(await shown()).toMatchObject({
      spent: '$0.600000001',
      released: '$0.000000008',
      decisions: [{ action: 'release' }, { action: 'write-off' }],
    })
  })
})

describe('records', () => {
  test('records come in pages, newest first and each once, even if new ones arrive between pages', async () => {
    here.records.held = Array.from({ length: 25 }, (_, index) => record(index))
    const seen: string[] = []
    let after = ''
    for (;;) {
      const page = recordPageSchema.parse(await json(`/records?limit=10${after}`))
      seen.push(...page.records.map((one) => one.id))
      here.records.held.push(record(100 + seen.length))
      if (page.next === undefined) break
      after = `&after=${encodeURIComponent(page.next)}`
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => record(24 - index).id))
  })

  test('records are filtered and bounded', async () => {
    const earlier = record(3, { at: Date.UTC(2026, 10, 22) })
    here.records.held = [record(1), record(2, { outcome: 'refused' }), earlier]
    expect(
      recordPageSchema.parse(await json('/records?outcome=refused')).records.map((one) => one.id),
    ).toEqual([record(2).id])
    expect(
      recordPageSchema
        .parse(await json('/records?from=2026-11-22&to=2026-11-22'))
        .records.map((one) => one.id),
    ).toEqual([earlier.id])
    for (const query of ['limit=0', 'limit=1001', 'limit=ten', 'outcome=great'])
      expect((await refused(`/records?${query}`)).status).toBe(400)
  })

  test('one complete record is found by its id', async () => {
    here.records.held = [
      record(1, { tags: { cost: 'r42' }, losses: [{ field: 'logit_bias', side: 'request' }] }),
    ]
    expect(await json(`/records/${record(1).id.toUpperCase()}`)).toEqual(
      JSON.parse(JSON.stringify(here.records.held[0])),
    )
    expect(recordSchema.safeParse(here.records.held[0]).success).toBe(true)
    expect((await refused(`/records/${record(2).id}`)).status).toBe(404)
    expect((await refused('/records/..%2f..')).status).toBe(400)
  })
})

describe('runs', () => {
  const tree = () => {
    const run = 'ci:nightly/build:1'
    const root = record(10, { run, times: { gateMs: 1, totalMs: 900 } })
    const tool = record(20, { run, kind: 'tool.call', parent: root.id, depth: 1 })
    const asks = record(30, {
      run,
      kind: 'model.generate',
      direction: 'reverse',
      parent: tool.id,
      depth: 2,
      outcome: 'failed',
      code: 'upstream-error',
      target: 'client',
    })
    const later = record(40, { run, parent: root.id, depth: 1 })
    return { run, root, tool, asks, later }
  }

  test('runs are listed with their sums, newest first', async () => {
    const { run, root, tool, asks, later } = tree()
    here.records.held = [tool, asks, root, later, record(50, { run: 'ci:alone' })]
    const { runs } = runPageSchema.parse(await json('/runs'))
    expect(
      runs.map(({ id, calls, failed, depth, cost, outcome, root: first }) => [
        id,
        calls,
        failed,
        depth,
        cost,
        outcome,
        first,
      ]),
    ).toEqual([
      ['ci:alone', 1, 0, 0, '$0.0015', 'ok', record(50).id],
      [run, 4, 1, 2, '$0.006', 'ok', root.id],
    ])
    expect(
      runPageSchema
        .parse(await json('/runs?calls=2&key=ci&team=engineering&costAtLeast=0.005'))
        .runs.map(({ id }) => id),
    ).toEqual([run])
    expect(runPageSchema.parse(await json('/runs?costAtLeast=1')).runs).toEqual([])
    for (const query of ['calls=0', 'costAtLeast=much', 'after=x'])
      expect((await refused(`/runs?${query}`)).status).toBe(400)
  })

  test('one run is shown as a tree, with the parts of an exchange after it', async () => {
    const { run, root, tool, asks, later } = tree()
    here.records.held = [tool, asks, root, later]
    const shown = runTreeSchema.parse(await json(`/runs/${encodeURIComponent(run)}`))
    expect(shown.exchanges.map(({ id, depth, direction }) => [id, depth, direction])).toEqual([
      [root.id, 0, 'forward'],
      [tool.id, 1, 'forward'],
      [asks.id, 2, 'reverse'],
      [later.id, 1, 'forward'],
    ])
    expect(shown.run).toMatchObject({ id: run, calls: 4, firstAt: new Date(root.at).toISOString() })
    expect((await refused('/runs/nothing')).status).toBe(404)
  })
})

describe('latencies', () => {
  test('latencies are percentiles by target or model, over the whole period or per bucket', async () => {
    here.records.held = Array.from({ length: 200 }, (_, index) =>
      record(index, { times: { gateMs: 0.4, firstTokenMs: 20, totalMs: index < 190 ? 100 : 5_000 } }),
    )
    const { rows } = latencySchema.parse(await json('/latency?from=2026-11-23'))
    expect(rows).toMatchObject([{ name: 'demo/echo', total: { count: 200 }, gate: { count: 200 } }])
    expect(Math.abs(rows[0]!.total!.p50 / 100 - 1)).toBeLessThan(0.1)
    expect(Math.abs(rows[0]!.total!.p99 / 5_000 - 1)).toBeLessThan(0.1)
    expect(
      latencySchema.parse(await json('/latency?by=model&name=fast&bucket=hour&from=2026-11-23')).rows,
    ).toMatchObject([{ name: 'fast', at: '2026-11-23T09:00:00.000Z' }])
    expect(latencySchema.parse(await json('/latency?name=nowhere/x')).rows).toEqual([])
    expect(await refused('/latency?bucket=hour&from=2026-01-01')).toMatchObject({
      status: 400,
      detail: expect.stringContaining('100 days'),
    })
  })
})

test('during the takeover of older records, queries over them are refused and newer queries work', async () => {
  here.records.held = [record(1, { run: 'ci:r' })]
  here.records.takeOver = async () => ({ left: 7, completeFrom: record(0).at })
  for (const path of ['/usage', '/runs', '/latency?from=2026-11-01']) {
    expect(await refused(path)).toMatchObject({
      status: 503,
      code: 'records-incomplete',
      detail: expect.stringContaining('7 records'),
    })
  }
  expect(runTreeSchema.parse(await json('/runs/ci%3Ar')).exchanges).toHaveLength(1)
  expect(usageSchema.parse(await json('/usage?from=2026-11-23T09:00:00Z')).rows).toHaveLength(1)
})

describe('the live tail', () => {
  async function open(query = '') {
    const stop = new AbortController()
    const response = await here.call(`/admin/v1/tail${query}`, { signal: stop.signal })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
    const decoder = new TextDecoder()
    return {
      stop,
      read: async () => {
        const { value } = await reader.read()
        return decoder.decode(value)
      },
    }
  }
  const until = async (isDone: () => boolean) => {
    while (!isDone()) await here.call('/admin/v1/providers')
  }

  test('the live tail shows records as they close, and a filter on a team includes its subteams', async () => {
    const tail = await open('?team=engineering&outcome=ok')
    expect(await tail.read()).toBe(': open\n\n')
    here.close(record(1, { outcome: 'failed' }))
    here.close(record(2, { teamPath: ['other'], team: 'other' }))
    here.close(record(3))
    expect(await tail.read()).toBe(`event: record\ndata: ${JSON.stringify(record(3))}\n\n`)
    tail.stop.abort()
    await until(() => here.tails.size === 0)
  })

  test('the live tail sends a heartbeat after 15 seconds without a record', async () => {
    const tail = await open()
    expect(await tail.read()).toBe(': open\n\n')
    const beat = tail.read()
    await here.call('/admin/v1/providers')
    here.clock.advance(15_000)
    expect(await beat).toBe(': alive\n\n')
    tail.stop.abort()
  })

  test('the live tail keeps a thousand records for a slow reader and says how many it lost', async () => {
    const tail = await open()
    expect(await tail.read()).toBe(': open\n\n')
    const first = tail.read()
    await here.call('/admin/v1/providers')
    for (let number = 0; number < 1_500; number += 1) here.close(record(number))
    let text = await first
    while (!text.includes(record(1_499).id)) text += await tail.read()
    expect(text).toContain('event: dropped\ndata: {"count":500}\n\n')
    expect(text).not.toContain(record(499).id)
    expect(text).toContain(record(500).id)
    tail.stop.abort()
  })

  test('a 33rd live tail is refused, and a place is free again when a reader leaves', async () => {
    const tails = await Promise.all(Array.from({ length: 32 }, () => open()))
    expect(here.tails.size).toBe(32)
    expect(await refused('/tail')).toMatchObject({ status: 429, code: 'too-many-tails' })
    for (const tail of tails) tail.stop.abort()
    await until(() => here.tails.size === 0)
    const again = await open()
    again.stop.abort()
  })
})

test('providers show readiness, its reason and the health of targets, and no credentials', async () => {
  const at = here.clock.now()
  here.state.targets = [
    {
      target: 'demo/flaky',
      state: 'open',
      inFlight: 1,
      lastFailure: { at, code: 'upstream-timeout', status: 504 },
      lastSuccessAt: at - 1_000,
    },
  ]
  const response = await json('/providers')
  expect(JSON.stringify(response)).not.toMatch(/planted/i)
  expect(providerListSchema.parse(response).providers).toEqual([
    {
      name: 'demo',
      serves: 'model',
      kind: 'demo',
      isReady: true,
      inFlight: 2,
      capacity: 8,
      targets: [
        { id: 'demo/echo', breaker: 'closed', inFlight: 0, isBarred: false },
        {
          id: 'demo/flaky',
          breaker: 'open',
          inFlight: 1,
          isBarred: true,
          lastError: { at: '2026-11-23T12:00:00.000Z', code: 'upstream-timeout', status: 504 },
          lastSuccessAt: '2026-11-23T11:59:59.000Z',
        },
      ],
    },
    {
      name: 'openai',
      serves: 'model',
      kind: 'openai',
      isReady: false,
      reason: 'OPENAI_API_KEY is not set',
      inFlight: 0,
      targets: [{ id: 'openai/gpt-5-mini', breaker: 'closed', inFlight: 0, isBarred: false }],
    },
  ])
})

test('a target that was billed above its bound is barred until an administrator pardons it once', async () => {
  const pardon = (target: string) =>
    here.call('/admin/v1/providers/pardon', { method: 'POST', body: { target } })
  const unknown = await pardon('demo/echo')
  expect(unknown.status).toBe(404)
  expect(await unknown.text()).toContain('barred targets: demo/flaky')
  expect(await (await pardon('demo/flaky')).json()).toEqual({ target: 'demo/flaky', isBarred: false })
  expect((await pardon('demo/flaky')).status).toBe(404)
})

test('a reload reports a change, or every mistake and the configuration that stays active', async () => {
  expect(configurationSchema.parse(await json('/configuration'))).toEqual({
    version: '0123456789abcdef',
    since: '2026-11-23T11:00:00.000Z',
    file: '/etc/gatehouse.yaml',
    problems: [],
    needsRestart: [],
  })
  expect(reloadSchema.parse(await json('/configuration/reload', { method: 'POST' })).isChanged).toBe(false)
  here.state.reload = 'rejected'
  const mistake = {
    severity: 'error' as const,
    path: 'models.fast',
    message: 'unknown target "demo/ecko"',
    fix: 'did you mean "demo/echo"?',
    file: '/etc/gatehouse.yaml',
    line: 7,
  }
  const warning = {
    severity: 'warning' as const,
    path: 'keys.ci.expires',
    message: 'the key has expired',
    fix: 'set a later date',
  }
  here.state.status = { ...here.state.status, rejectedAt: here.clock.now(), problems: [mistake, warning] }
  const problem = await refused('/configuration/reload', { method: 'POST' })
  expect(problem).toMatchObject({ status: 422, code: 'rejected-configuration', errors: [mistake] })
  expect(problem.detail).toBe('/etc/gatehouse.yaml has a mistake; version 0123456789abcdef stays active.')
  expect(configurationSchema.parse(await json('/configuration'))).toMatchObject({
    rejectedAt: '2026-11-23T12:00:00.000Z',
    problems: [mistake, warning],
  })
})

test('an explanation names the rule that decides, and suggests a key for an unknown one', async () => {
  const explain = (key: string, model: string) =>
    json(`/explain?key=${key}&model=${encodeURIComponent(model)}`)
  expect(explanationSchema.parse(await explain('from-file', 'openai/gpt-5'))).toMatchObject({
    isAllowed: false,
    decidedBy: 'teams.research.allow.models[0]',
    team: 'research',
    fix: expect.any(String),
  })
  expect(explanationSchema.parse(await explain('from-file', 'anthropic/x')).isAllowed).toBe(true)
  expect(problemSchema.parse(await explain('from-flie', 'x')).detail).toContain('did you mean "from-file"?')
  expect((await refused('/explain?key=ci')).detail).toContain('model')
})

test('a kill signal reaches the nodes, and an invalid one does not', async () => {
  const send = (body: unknown) => here.call('/admin/v1/signals', { method: 'POST', body })
  expect((await send({ kind: 'kill-exchange', exchange: record(1).id })).status).toBe(200)
  expect((await send({ kind: 'kill-run', run: 'run_1' })).status).toBe(200)
  for (const body of [
    { kind: 'kill-exchange', exchange: 'all' },
    { kind: 'kill-everything' },
    { kind: 'kill-run', run: 'r', force: true },
  ]) {
    expect((await send(body)).status).toBe(400)
  }
  expect(here.signals.sent).toEqual([
    { kind: 'kill-exchange', exchange: record(1).id, by: adminActor },
    { kind: 'kill-run', run: 'run_1', by: adminActor },
  ])
})
