// The life of a key over the admin API.

import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { adminActor } from '../../src/contract/actor.ts'
import {
  type Key,
  keyListSchema,
  keySchema,
  keyWithSecretSchema,
  problemSchema,
} from '../../src/contract/admin-api.ts'
import { sha256Hex } from '../../src/kit/id.ts'
import { type World, world } from './world.ts'

let here: World
beforeEach(() => void (here = world()))
afterEach(() => here.stop())

const create = async (more: Record<string, unknown> = {}) =>
  keyWithSecretSchema.parse(
    await (
      await here.call('/admin/v1/keys', { method: 'POST', body: { id: 'ci', team: 'research', ...more } })
    ).json(),
  )
const list = async (): Promise<Key[]> =>
  keyListSchema.parse(await (await here.call('/admin/v1/keys')).json()).keys
const refused = async (path: string, init: Parameters<World['call']>[1]) =>
  problemSchema.parse(await (await here.call(path, init)).json())

describe('creating', () => {
  test('creating a key shows the secret once and stores its hash, and the key works at once', async () => {
    const { key, secret } = await create()
    expect(secret).toMatch(/^gh_[\w-]{43}$/)
    expect(key).toMatchObject({ id: 'ci', team: 'research', state: 'active', owner: 'admin', notes: [] })
    expect(here.directory.bySecret(sha256Hex(secret))?.id).toBe('ci')
    expect(here.keyStore.held.get('ci')?.secrets).toEqual([{ sha256: sha256Hex(secret) }])
    const everything = JSON.stringify([await list(), [...here.keyStore.held.values()], here.logged])
    expect(everything).not.toContain(secret)
    expect(JSON.stringify(await list())).not.toContain(sha256Hex(secret))
  })

  test('a created key has every requested setting, in the units of rules', async () => {
    const { key } = await create({
      workload: 'builder',
      expires: '90d',
      allow: { models: ['anthropic/claude-*'] },
      tags: { cost: 'r42' },
      tagHeaders: ['X-Ticket'],
      limits: { requests: '600/min', tokens: '200k/min', concurrent: 20 },
      budgets: [
        { amount: '12.50', per: 'month' },
        { amount: 2_000_000, unit: 'tokens', per: 'day', zone: 'Europe/Berlin', hard: false },
      ],
    })
    expect(here.directory.byId('ci')).toMatchObject({
      workload: 'builder',
      expiresAt: here.clock.now() + 90 * 86_400_000,
      grant: { allow: { models: ['anthropic/claude-*'] }, deny: {} },
      tagHeaders: ['x-ticket'],
      limits: {
        requests: { amount: 600, perMs: 60_000 },
        tokens: { amount: 200_000, perMs: 60_000 },
        concurrent: 20,
      },
      budgets: [
        {
          id: 'key/ci/month/usd',
          unit: 'usd',
          amount: '12500000000',
          per: 'month',
          zone: 'UTC',
          isHard: true,
          capsOutput: false,
        },
        {
          id: 'key/ci/day/tokens',
          unit: 'tokens',
          amount: '2000000',
          per: 'day',
          zone: 'Europe/Berlin',
          isHard: false,
          capsOutput: false,
        },
      ],
    })
    expect(key.limits).toEqual({ requests: '600/min', tokens: '200000/min', concurrent: 20 })
    expect(key.budgets?.[0]).toMatchObject({ amount: '12.50', hard: true })
  })

  test.each([
    [{ team: 'reserch' }, 'did you mean "research"'],
    [{ team: '__proto__' }, 'does not exist'],
    [{ expires: 'tomorrow' }, '"tomorrow"'],
    [{ expires: '2027-02-31' }, '"2027-02-31"'],
    [{ expires: '2020-01-01' }, 'not in the future'],
    [{ limits: { requests: '600' } }, '600/min'],
    [{ limits: { tokens: '0/min' } }, '"0/min" is not a rate'],
    [{ tagHeaders: ['authorization'] }, 'x-cost-center'],
    [{ allow: { prompts: ['github/*'] } }, 'allow.prompts'],
    [{ budgets: [{ amount: 0.1234567891, per: 'month' }] }, '"0.1234567891"'],
    [{ budgets: [{ amount: 0, per: 'month' }] }, 'above zero'],
    [
      { budgets: [{ amount: 1, per: 'month', hard: false, capsOutput: true }] },
      'soft budget cannot cap output',
    ],
    [{ budgets: [{ amount: -1, per: 'month' }] }, '"-1"'],
    [{ budgets: [{ amount: 1.5, unit: 'tokens', per: 'month' }] }, 'not a number of tokens'],
    [{ budgets: [{ amount: 1, per: 'month', zone: 'Mars/Olympus' }] }, 'IANA'],
    [
      {
        budgets: [
          { amount: 1, per: 'month' },
          { amount: 2, per: 'month' },
        ],
      },
      'two budgets are',
    ],
  ])('refuses %j and makes nothing', async (more, words) => {
    const problem = await refused('/admin/v1/keys', {
      method: 'POST',
      body: { id: 'ci', team: 'research', ...more },
    })
    expect(problem.status).toBe(400)
    expect(problem.detail).toContain(words)
    expect(here.directory.byId('ci')).toBeUndefined()
    expect(here.keyStore.held.size).toBe(0)
  })

  test('a refusal says which part of a grant exceeds the team, and which part the team denies', async () => {
    const { key } = await create({
      allow: { models: ['anthropic/*', 'fast', 'openai/gpt-9-mini', 'gemini/*'] },
    })
    expect(key.notes).toHaveLength(2)
    expect(key.notes[0]).toContain('"openai/gpt-9-mini" has no effect')
    expect(key.notes[1]).toContain('"gemini/*" goes beyond')
  })

  test('an id is given to one key only, even if two callers ask at the same time', async () => {
    const wish = { method: 'POST', body: { id: 'same', team: 'research' } }
    const statuses = (
      await Promise.all([here.call('/admin/v1/keys', wish), here.call('/admin/v1/keys', wish)])
    ).map((response) => response.status)
    expect(statuses.sort((a, b) => a - b)).toEqual([201, 409])
  })

  test('no key is created if the store cannot save it', async () => {
    here.keyStore.isDown = true
    const response = await here.call('/admin/v1/keys', {
      method: 'POST',
      body: { id: 'ci', team: 'research' },
    })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(here.directory.byId('ci')).toBeUndefined()
  })
})

describe('rotating', () => {
  test('a rotation keeps the old secret for the overlap and not longer', async () => {
    const first = await create()
    const rotated = keyWithSecretSchema.parse(
      await (await here.call('/admin/v1/keys/ci/rotate', { method: 'POST', body: { overlap: '2h' } })).json(),
    )
    expect(rotated.secret).not.toBe(first.secret)
    expect(here.directory.byId('ci')?.secrets).toEqual([
      { sha256: sha256Hex(first.secret), until: here.clock.now() + 7_200_000 },
      { sha256: sha256Hex(rotated.secret) },
    ])
    here.clock.advance(7_200_001)
    expect((await list()).find((key) => key.id === 'ci')?.secrets).toHaveLength(1)
  })

  test('without a body a rotation overlaps for a day, 0s ends the old secret now, and no end moves', async () => {
    await create()
    await here.call('/admin/v1/keys/ci/rotate', { method: 'POST' })
    const day = here.directory.byId('ci')?.secrets[0]?.until
    expect(day).toBe(here.clock.now() + 86_400_000)
    await here.call('/admin/v1/keys/ci/rotate', { method: 'POST', body: { overlap: '7d' } })
    expect(here.directory.byId('ci')?.secrets.map((secret) => secret.until)).toEqual([
      day,
      here.clock.now() + 7 * 86_400_000,
      undefined,
    ])
    await here.call('/admin/v1/keys/ci/rotate', { method: 'POST', body: { overlap: '0s' } })
    expect(here.directory.byId('ci')?.secrets).toHaveLength(1)
  })

  test('a rotation refuses a ninth secret, and an overlap that is invalid or too long', async () => {
    await create()
    const rotate = (overlap: string) =>
      here.call('/admin/v1/keys/ci/rotate', { method: 'POST', body: { overlap } })
    for (let count = 1; count < 8; count += 1) expect((await rotate('1h')).status).toBe(200)
    expect((await rotate('1h')).status).toBe(409)
    expect((await rotate('soon')).status).toBe(400)
    expect((await rotate('91d')).status).toBe(400)
  })
})

describe('revoking', () => {
  test('revoking a key takes effect at once in the directory, the signals and the store', async () => {
    await create()
    const key = keySchema.parse(
      await (await here.call('/admin/v1/keys/ci/revoke', { method: 'POST' })).json(),
    )
    expect(key.state).toBe('revoked')
    expect(here.directory.byId('ci')?.revokedAt).toBe(here.clock.now())
    expect(here.signals.sent).toEqual([{ kind: 'revoke-key', key: 'ci', by: adminActor }])
    expect(here.keyStore.held.get('ci')?.revokedAt).toBe(here.clock.now())
    expect((await here.call('/admin/v1/keys/ci/rotate', { method: 'POST' })).status).toBe(409)
  })

  test('revoking works while the store is down, and the response says that it is not saved', async () => {
    await create()
    here.keyStore.isDown = true
    const problem = await refused('/admin/v1/keys/ci/revoke', { method: 'POST' })
    expect(problem).toMatchObject({ status: 503, detail: expect.stringContaining('revoke it again') })
    expect(here.directory.byId('ci')?.revokedAt).toBe(here.clock.now())
    expect(here.signals.sent).toHaveLength(1)
  })

  test('a rotation in progress does not undo a revocation', async () => {
    await create()
    let open = () => {}
    here.keyStore.gate = new Promise<void>((resolve) => void (open = resolve))
    const rotation = here.call('/admin/v1/keys/ci/rotate', { method: 'POST' })
    while (here.keyStore.puts < 2) await here.call('/admin/v1/keys')
    const revocation = here.call('/admin/v1/keys/ci/revoke', { method: 'POST' })
    while (here.signals.sent.length === 0) await here.call('/admin/v1/keys')
    open()
    await Promise.all([rotation, revocation])
    expect(here.directory.byId('ci')?.revokedAt).toBeNumber()
    expect(here.keyStore.held.get('ci')?.revokedAt).toBeNumber()
    expect(here.keyStore.held.get('ci')?.secrets).toHaveLength(2)
  })

  test('the admin API can only revoke a key of the configuration file', async () => {
    for (const [method, path] of [
      ['POST', '/rotate'],
      ['DELETE', ''],
    ] as const) {
      expect(await refused(`/admin/v1/keys/from-file${path}`, { method })).toMatchObject({
        status: 409,
        code: 'owned-by-file',
      })
    }
    expect((await here.call('/admin/v1/keys/from-file/revoke', { method: 'POST' })).status).toBe(200)
    expect(here.keyStore.held.get('from-file')).toMatchObject({ owner: 'file', revokedAt: here.clock.now() })
  })
})

describe('deleting', () => {
  test('deleting a key removes it everywhere and stops its running calls', async () => {
    await create()
    expect((await here.call('/admin/v1/keys/ci', { method: 'DELETE' })).status).toBe(204)
    expect(here.directory.byId('ci')).toBeUndefined()
    expect(here.keyStore.held.size).toBe(0)
    expect(here.signals.sent).toEqual([{ kind: 'revoke-key', key: 'ci', by: adminActor }])
    expect(await refused('/admin/v1/keys/ci', { method: 'DELETE' })).toMatchObject({ status: 404 })
  })

  test('nothing is deleted while the store is down', async () => {
    await create()
    here.keyStore.isDown = true
    expect((await here.call('/admin/v1/keys/ci', { method: 'DELETE' })).status).toBe(503)
    expect(here.directory.byId('ci')).toBeDefined()
  })
})

test('an unknown key is a 404 that suggests a similar key', async () => {
  await create()
  expect((await refused('/admin/v1/keys/cy', {})).detail).toBe('there is no key "cy"; did you mean "ci"?')
})
