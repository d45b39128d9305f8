// Nested calls share one run, one tree and one budget. They use no concurrency slot of their own and end with
// their parent.

import { afterEach, describe, expect, test } from 'bun:test'
import { type Trial, startTrial } from './trial.ts'

let trial: Trial | undefined
afterEach(async () => {
  await trial?.stop()
  trial = undefined
})

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { data: { code: string } } }).error.data.code

describe('a tool', () => {
  test('a tool call passes every step and leaves a record', async () => {
    trial = await startTrial()
    const response = await trial.call('tools/echo', { text: 'hello' })
    expect(await response.json()).toBe('hello')
    const record = await trial.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record).toMatchObject({
      kind: 'tool.call',
      direction: 'forward',
      resource: { kind: 'tool', name: 'tools/echo' },
      target: 'tools/echo',
      destination: 'tools',
      outcome: 'ok',
      key: 'tester',
      costNano: '0',
    })
  })

  test('a missing or ungranted tool is reported as unknown', async () => {
    trial = await startTrial('teams:\n  testers: { allow: { tools: ["tools/e*"] } }\n')
    for (const name of ['tools/cut', 'nowhere/echo', 'tools/']) {
      const response = await trial.call(name, {})
      expect(response.status).toBe(404)
      expect(await errorOf(response)).toBe('unknown-tool')
    }
    expect(trial.server.executions).toEqual({})
  })

  test('a tool is never executed twice: not after a cut connection, not with retries', async () => {
    trial = await startTrial('retry: { attempts: 3, within: 60s }\n')
    for (const name of ['cut', 'fail']) {
      const response = await trial.call(`tools/${name}`, {})
      expect(response.status).toBeGreaterThanOrEqual(500)
      await response.text()
      expect(trial.server.executions[name]).toBe(1)
    }
  })
})

describe('a call within another one', () => {
  test('a nested call shares the run, names its parent, and uses no concurrency slot of its own', async () => {
    trial = await startTrial('teams:\n  testers: { allow: { tools: ["*/*"] }, limits: { concurrent: 1 } }\n')
    const response = await trial.call('tools/nest', {
      tool: 'tools/nest',
      with: { tool: 'tools/echo', with: { text: 'deep' } },
    })
    expect(await response.json()).toBe('deep')
    const [first, second, third] = (await trial.gatehouse.records(3)).toSorted(
      (a, b) => (a.depth ?? 0) - (b.depth ?? 0),
    )
    expect([first?.depth, second?.depth, third?.depth]).toEqual([undefined, 1, 2])
    expect([second?.parent, third?.parent]).toEqual([first?.id, second?.id])
    expect(new Set([first?.run, second?.run, third?.run]).size).toBe(1)
    expect(trial.server.executions).toEqual({ nest: 2, echo: 1 })
  })

  test('a nested call beyond the depth limit is refused, and the call around it fails', async () => {
    trial = await startTrial(
      'teams:\n  testers: { allow: { tools: ["*/*"] }, limits: { run: { depth: 1 } } }\n',
    )
    const response = await trial.call('tools/nest', { tool: 'tools/nest', with: { tool: 'tools/echo' } })
    expect(response.status).toBe(429)
    expect(trial.server.executions).toEqual({ nest: 2 })
    const refused = await trial.gatehouse.find(
      (record) => record.code === 'run-limited' && record.depth === 2,
    )
    expect(refused).toMatchObject({ rule: 'team/testers/run/depth', outcome: 'refused' })
  })

  test('a nested call counts against the call limit of its run', async () => {
    trial = await startTrial(
      'teams:\n  testers: { allow: { tools: ["*/*"] }, limits: { run: { calls: 3 } } }\n',
    )
    const headers = { 'x-gatehouse-run': 'r1' }
    expect(
      await (await trial.call('tools/nest', { tool: 'tools/echo', with: { text: 'a' } }, { headers })).json(),
    ).toBe('a')
    expect((await trial.call('tools/echo', { text: 'b' }, { headers })).status).toBe(200)
    const fourth = await trial.call('tools/echo', { text: 'c' }, { headers })
    expect(fourth.status).toBe(429)
    expect(await errorOf(fourth)).toBe('run-limited')
    expect(
      (await trial.call('tools/echo', { text: 'd' }, { headers: { 'x-gatehouse-run': 'r2' } })).status,
    ).toBe(200)
  })

  test('a nested call is paid from the budget of its run, even if the run is this one call', async () => {
    trial = await startTrial(
      'prices:\n  "tools/*": { request: 0.002 }\nteams:\n  testers: { allow: { tools: ["*/*"] }, budgets: [{ amount: 0.005, per: run }] }\n',
    )
    const nest = (depth: number): Record<string, unknown> =>
      depth === 0
        ? { text: 'end' }
        : { tool: depth === 1 ? 'tools/echo' : 'tools/nest', with: nest(depth - 1) }
    expect((await trial.call('tools/nest', nest(1))).status).toBe(200)
    const refused = await trial.call('tools/nest', nest(2))
    expect(refused.status).toBe(429)
    expect(trial.server.executions).toEqual({ nest: 3, echo: 1 })
    expect(
      await trial.gatehouse.find((record) => record.code === 'budget-exhausted' && record.depth === 2),
    ).toMatchObject({ outcome: 'refused' })
  })

  test('a nested call is canceled with its parent', async () => {
    trial = await startTrial()
    const leaving = new AbortController()
    const calling = trial
      .call('tools/nest', { tool: 'tools/hang' }, { signal: leaving.signal })
      .catch(() => undefined)
    await trial.server.hanging()
    leaving.abort()
    await calling
    const [outer, inner] = (await trial.gatehouse.records(2)).toSorted(
      (a, b) => (a.depth ?? 0) - (b.depth ?? 0),
    )
    expect([outer?.outcome, inner?.outcome]).toEqual(['canceled', 'canceled'])
  })

  test('a nested call is stopped with its run', async () => {
    trial = await startTrial()
    const calling = trial.call('tools/nest', { tool: 'tools/hang' }, { headers: { 'x-gatehouse-run': 'r1' } })
    await trial.server.hanging()
    expect(
      (
        await trial.gatehouse.admin('/signals', {
          method: 'POST',
          body: JSON.stringify({ kind: 'kill-run', run: 'tester:r1' }),
        })
      ).status,
    ).toBe(200)
    expect((await calling).status).toBe(403)
    const [outer, inner] = (await trial.gatehouse.records(2)).toSorted(
      (a, b) => (a.depth ?? 0) - (b.depth ?? 0),
    )
    expect([outer?.code, inner?.code]).toEqual(['killed', 'killed'])
  })
})

describe('a call in reverse', () => {
  test('a call in reverse goes to the client on the open response, and the client’s response goes to the server', async () => {
    trial = await startTrial('teams:\n  testers: { allow: { tools: ["*/*"] }, limits: { concurrent: 1 } }\n')
    const response = await trial.call('tools/ask', { question: 'really?' })
    const events = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const first = (await events?.read())?.value ?? ''
    const { asks } = JSON.parse(first.slice('data: '.length)) as { asks: { id: string; question: string } }
    expect(asks.question).toBe('really?')
    const responses = await fetch(`${trial.gatehouse.url}/trial/answers/${asks.id}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${trial.gatehouse.key}` },
      body: '"yes"',
    })
    expect(responses.status).toBe(202)
    expect((await events?.read())?.value).toBe('data: {"result":"yes"}\n\n')
    const reverse = await trial.gatehouse.record(asks.id)
    expect(reverse).toMatchObject({
      direction: 'reverse',
      target: 'client',
      destination: 'client',
      depth: 1,
      outcome: 'ok',
      costNano: '0',
    })
    expect(reverse.parent).toBe(response.headers.get('x-gatehouse-exchange') ?? '')
  })
})
