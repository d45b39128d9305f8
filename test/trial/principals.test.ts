// Callers are principals: each key of a workload finds the workload's objects, and no other caller does.

import { Database } from 'bun:sqlite'
import { beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type OpenAI from 'openai'
import { z } from 'zod'
import type { Gate } from '../../src/contract/gate.ts'
import { GatewayError } from '../../src/contract/errors.ts'
import { mostValues } from '../../src/contract/stores.ts'
import { windowAt } from '../../src/kit/windows.ts'
import type { TrafficModule } from '../../src/main/modules.ts'
import { type Gatehouse, startGateway } from '../journeys/gateway.ts'
import { type Scene, scenes, thrownBy } from '../journeys/scene.ts'

const { start } = scenes('file')
let gate: Gate
/** Exposes only the gate. */
const module: TrafficModule = {
  section: 'agents',
  kinds: [{ kind: 'none', credential: 'none', options: z.strictObject({}) }],
  doors(needs) {
    gate = needs.gate
    return []
  },
}
const secretOf = (name: string) => `gh_${name}-key-that-is-no-secret-0123456789`
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

beforeAll(async () => {
  ;({ gatehouse, client } = await start({
    config: `providers: { demo: { kind: demo } }
models: { fast: demo/echo }
teams:
  apps: { allow: { models: ["*"] } }
  others: { allow: { models: ["*"] } }
workloads:
  builds: { team: apps }
keys:
${['one', 'two', 'keeper'].map((name) => `  ${name}: { workload: builds, secret: "${secretOf(name)}" }`).join('\n')}
  plain: { team: apps, secret: "${secretOf('plain')}" }
  narrow: { workload: builds, secret: "${secretOf('narrow')}", allow: { models: [nothing] } }
`,
    modules: [module],
  }))
})

const as = (name: string) => client({ key: secretOf(name) })
const say = (caller: OpenAI, input = 'Hi') => caller.responses.create({ model: 'fast', input })

/** A key of the admin API: the same workload in another team. */
async function elsewhere({ admin }: Gatehouse): Promise<OpenAI> {
  const { body } = await admin('/keys', {
    method: 'POST',
    body: JSON.stringify({ id: 'elsewhere', team: 'others', workload: 'builds' }),
  })
  return client({ key: (body as { secret: string }).secret })
}

describe('what is kept for a workload', () => {
  test('an object of a workload is found by its other keys, not by a key of another team or without the workload', async () => {
    const made = await say(as('one'))
    expect((await as('two').responses.retrieve(made.id)).id).toBe(made.id)
    const next = await as('two').responses.create({
      model: 'fast',
      input: 'And?',
      previous_response_id: made.id,
    })
    expect(next.previous_response_id).toBe(made.id)
    for (const stranger of [as('plain'), await elsewhere(gatehouse)]) {
      expect(await thrownBy(stranger.responses.retrieve(made.id))).toMatchObject({ status: 404 })
      const goesOn = stranger.responses.create({
        model: 'fast',
        input: 'And?',
        previous_response_id: made.id,
      })
      expect(await thrownBy(goesOn)).toMatchObject({ status: 400 })
      expect(await thrownBy(stranger.responses.delete(made.id))).toMatchObject({ status: 404 })
    }
    expect((await as('two').responses.retrieve(made.id)).id).toBe(made.id)
  })

  test('an object of a workload is deleted with the key that created it, unless the revocation keeps it', async () => {
    const [gone, stays] = [await say(as('one')), await say(as('keeper'))]
    await gatehouse.admin('/keys/one/revoke', { method: 'POST' })
    await gatehouse.admin('/keys/keeper/revoke?keep=true', { method: 'POST' })
    expect(await thrownBy(as('two').responses.retrieve(gone.id))).toMatchObject({ status: 404 })
    expect((await as('two').responses.retrieve(stays.id)).id).toBe(stays.id)
    expect(await thrownBy(as('keeper').responses.retrieve(stays.id))).toMatchObject({ status: 401 })
    // the kept object can still be erased
    await gatehouse.admin('/keys/keeper/revoke', { method: 'POST' })
    expect(await thrownBy(as('two').responses.retrieve(stays.id))).toMatchObject({ status: 404 })
  })
})

describe('a caller that is not connected', () => {
  const owner = { principal: 'workload:gatehouse:builds', team: 'apps' }
  const fast = { kind: 'model', name: 'fast' } as const
  const codeOf = (run: () => unknown) => {
    try {
      run()
      return 'none'
    } catch (thrown) {
      return thrown instanceof GatewayError ? thrown.code : String(thrown)
    }
  }

  test('a disconnected caller acts as its owner, with the limits of the key that made the object', () => {
    expect(gate.recall(owner)).toMatchObject({
      principal: { id: owner.principal, kind: 'workload', team: 'apps' },
    })
    expect(gate.recall(owner).subject.key).toBeUndefined()
    expect(gate.judge(gate.recall(owner, 'two'), fast)).toBe('allowed')
    expect(gate.judge(gate.recall(owner, 'narrow'), fast)).toBe('denied')
    expect(gate.recall({ principal: 'key:gatehouse:plain', team: 'apps' }).subject).toMatchObject({
      team: 'apps',
    })
  })

  test('a disconnected caller is refused if its key was revoked or belongs to another owner, or if it has no key left', async () => {
    const { admin } = gatehouse
    const make = (id: string, more: object) =>
      admin('/keys', { method: 'POST', body: JSON.stringify({ id, team: 'others', ...more }) })
    await make('solo', { workload: 'solo', expires: '90d' })
    const solo = { principal: 'workload:gatehouse:solo', team: 'others' }
    expect(codeOf(() => gate.recall(solo, 'solo'))).toBe('none')
    for (const [whose, key] of [
      [owner, 'solo'],
      [{ ...solo, team: 'apps' }, 'solo'],
      [{ ...solo, team: 'apps' }, undefined],
      [solo, 'no-such-key'],
      [{ principal: 'workload:gatehouse:nobody', team: 'apps' }, undefined],
      [{ principal: 'key:gatehouse:two', team: 'apps' }, undefined],
    ] as const)
      expect(codeOf(() => gate.recall(whose, key))).toBe('revoked')
    await admin('/keys/solo/revoke?keep=true', { method: 'POST' })
    // the owner of its kept object has no access any more
    expect([codeOf(() => gate.recall(solo, 'solo')), codeOf(() => gate.recall(solo))]).toEqual([
      'revoked',
      'revoked',
    ])
    await make('solo-2', { workload: 'solo' })
    expect([codeOf(() => gate.recall(solo, 'solo')), codeOf(() => gate.recall(solo))]).toEqual([
      'none',
      'none',
    ])
    await admin('/keys/solo/revoke', { method: 'POST' })
    expect(codeOf(() => gate.recall(solo, 'solo'))).toBe('revoked')
  })
})

describe('limits and budgets', () => {
  const owners = scenes()
  const body = (model: string) =>
    JSON.stringify({ model, max_completion_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] })

  /** At most one dollar per call: 100 output tokens at a cent. */
  async function begin(more: string) {
    const scene = await owners.start({
      config: `providers:
  demo: { kind: demo }
  other: { kind: demo${more.includes('OTHER') ? `, ${/OTHER (.*)/.exec(more)?.[1]}` : ''} }
prices: { "*/*": { input: 0, output: 10000 } }
${more.replace(/OTHER .*/, '')}`,
    })
    const call = async (model: string, key: string, headers: Record<string, string> = {}) => {
      const response = await scene.gatehouse.chat(body(model), { key: secretOf(key), headers })
      const { error } = (await response.json()) as { error?: { code: string; message: string } }
      return error ? `${error.code}: ${error.message}` : 'ok'
    }
    const budgets = async () => {
      const received = await scene.gatehouse.admin('/budgets')
      return (
        received.body as {
          budgets: { id: string; scope: { kind: string; name: string }; each?: string; value?: string }[]
        }
      ).budgets
    }
    return { ...scene, call, budgets }
  }
  const keys = (names: Record<string, string>) =>
    `keys:\n${Object.entries(names)
      .map(([name, rest]) => `  ${name}: { secret: "${secretOf(name)}", ${rest} }`)
      .join('\n')}\n`

  test('limits of a workload apply to all its keys, those of a person in every team', async () => {
    const { call, budgets } = await begin(`models: { fast: demo/echo }
teams: { apps: { allow: { models: ["*"] } }, others: { allow: { models: ["*"] } } }
workloads: { builds: { team: apps, budgets: [ { amount: 1.001, per: month } ] }, calm: { team: apps, limits: { requests: 1/h } } }
people: { ann@example.com: { budgets: [ { amount: 1.001, per: month } ] } }
${keys({
  one: 'workload: builds',
  two: 'workload: builds',
  calm1: 'workload: calm',
  calm2: 'workload: calm',
  here: 'team: apps, person: ann@example.com',
  there: 'team: others, person: ann@example.com',
})}`)
    for (const [first, second, owner] of [
      ['one', 'two', 'workload "builds"'],
      ['here', 'there', 'person "ann@example.com"'],
    ] as const) {
      expect(await call('fast', first)).toBe('ok')
      expect(await call('fast', second)).toContain(`The budget of ${owner} (`)
    }
    expect([await call('fast', 'calm1'), await call('fast', 'calm2')]).toEqual([
      'ok',
      expect.stringContaining('workload "calm"'),
    ])
    expect((await budgets()).map(({ id, scope }) => [id, scope])).toEqual([
      ['person/ann@example.com/month/usd', { kind: 'person', name: 'ann@example.com' }],
      ['workload/builds/month/usd', { kind: 'workload', name: 'builds' }],
    ])
  })

  test('a person may use more than the team, and a key restricts both', async () => {
    const { call } = await begin(`models: { fast: demo/echo, slow: demo/echo }
teams: { apps: { allow: { models: [fast] } } }
people: { ann: { allow: { models: [slow] } } }
${keys({ plain: 'team: apps', ann: 'team: apps, person: ann', narrow: 'team: apps, person: ann, allow: { models: [fast] }' })}`)
    const responses = await Promise.all(
      ['plain', 'ann', 'narrow'].map(async (key) =>
        [await call('fast', key), await call('slow', key)].map((received) => received.split(':')[0]),
      ),
    )
    expect(responses).toEqual([
      ['ok', 'model_not_found'],
      ['ok', 'ok'],
      ['ok', 'model_not_found'],
    ])
  })

  test('limits of a model apply to all its callers, those of a destination only there, so another one may serve', async () => {
    const { call } = await begin(`OTHER budgets: [ { amount: 0.1, per: month } ], limits: { requests: 1/h }
models:
  owned: { targets: [demo/echo], limits: { requests: 1/h } }
  moves: { targets: [other/echo, demo/echo], fallbackOn: [cost, rate-limit] }
  stays: { targets: [other/echo] }
teams: { apps: { allow: { models: ["*"] } } }
${keys({ one: 'team: apps', two: 'team: apps' })}`)
    expect([await call('owned', 'one'), await call('owned', 'two')]).toEqual([
      'ok',
      expect.stringContaining('The model "owned" may use 1 requests'),
    ])
    // the budget of the destination covers no call: it is skipped or refuses
    expect(await call('moves', 'one')).toBe('ok')
    expect(await call('stays', 'one')).toContain('The budget of destination "other"')
  })

  test('rate limits for each value of a tag are also counted separately', async () => {
    const { gatehouse } = await owners.start({
      config: `providers: { demo: { kind: demo } }
models: { fast: demo/echo }
teams: { apps: { allow: { models: ["*"] }, limits: { each: [ { of: { tag: customer }, requests: 1/h } ] } } }
${keys({ one: 'team: apps, tagHeaders: [x-customer]' })}`,
    })
    const call = async (customer?: string) => {
      const headers = customer === undefined ? {} : { 'x-customer': customer }
      const response = await gatehouse.chat(body('fast'), { key: secretOf('one'), headers })
      return response.status === 429
        ? ((await response.json()) as { error: { message: string } }).error.message
        : response.status
    }
    expect([await call('a'), await call('b'), await call()]).toEqual([200, 200, 200])
    for (const customer of ['a', 'b', undefined])
      expect(await call(customer)).toContain('The team "apps" may use 1 requests for each customer per hour')
  })

  test('the 1,001st value of a tag is refused by a hard budget, and counted with the others by a soft one', async () => {
    const config = `providers: { demo: { kind: demo } }
prices: { "*/*": { input: 0, output: 10000 } }
models: { fast: demo/echo }
teams:
  apps: { allow: { models: ["*"] }, budgets: [ { amount: 1.001, per: month, each: { tag: customer } } ] }
  soft: { allow: { models: ["*"] }, budgets: [ { amount: 1, per: month, hard: false, each: { tag: customer } } ] }
${keys({ one: 'team: apps, tagHeaders: [x-customer]', loose: 'team: soft, tagHeaders: [x-customer]' })}`
    const first = await startGateway({ config })
    await first.stopOnly()
    for (const team of ['apps', 'soft'])
      addValues(first.folder, `team/${team}/each-tag-customer/month/usd`, mostValues - 1, Date.now())
    const { gatehouse } = await owners.start({ config, folder: first.folder })
    const call = async (key: string, customer?: string) => {
      const headers = customer === undefined ? {} : { 'x-customer': customer }
      const response = await gatehouse.chat(body('fast'), { key: secretOf(key), headers })
      const { error } = (await response.json()) as { error?: { code: string; message: string } }
      return error ? `${error.code}: ${error.message}` : 'ok'
    }
    expect(await call('one', 'the last/one')).toBe('ok')
    expect(await call('one', 'one more')).toMatch(
      /^too_many_values: .*already counts 1000 values of the tag "customer"/,
    )
    // a missing value is one more value
    expect(await call('one')).toMatch(/^too_many_values/)
    expect(await call('one', 'v7')).toBe('ok')
    // each has the whole amount, and no more
    expect(await call('one', 'the last/one')).toMatch(/^insufficient_quota/)
    for (const customer of ['the last/one', 'one more', 'and another'])
      expect(await call('loose', customer)).toBe('ok')
    await gatehouse.records(4)
    const seen: string[] = []
    for (let after = ''; ; ) {
      const { body: page } = await gatehouse.admin(`/budgets?limit=1000${after && `&after=${after}`}`)
      const { budgets, next } = page as {
        budgets: { scope: { name: string }; value?: string; spent: string }[]
        next?: string
      }
      for (const { scope, value, spent } of budgets)
        if (Number(spent.slice(1)) > 0) seen.push(`${scope.name} ${value}`)
      if (next === undefined) break
      after = next
    }
    expect(seen.sort()).toEqual(['apps the last/one', 'apps v7', 'soft +others', 'soft the last/one'])
  })
})

/** Buckets as the store keeps them, as if this many values had been named. */
function addValues(folder: string, budget: string, count: number, now: number): void {
  const database = new Database(join(folder, 'data', 'gatehouse.db'))
  const { name, start: starts, end } = windowAt('month', 'UTC', now)
  const add = database.query(
    'INSERT INTO bucket (budget, window, starts, ends, cap, committed, version, used_at) VALUES (?, ?, ?, ?, 1001000000, 0, 1, ?)',
  )
  database.transaction(() => {
    for (let index = 0; index < count; index += 1) add.run(`${budget}#=v${index}`, name, starts, end, now)
  })()
  database.close()
}
