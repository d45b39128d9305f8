// Tests who may use the admin API and how it refuses others, over real HTTP on loopback.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { problemSchema } from '../../src/contract/admin-api.ts'
import { adminDocument } from '../../src/control/openapi.ts'
import { adminKey, type World, world } from './world.ts'

let here: World
beforeAll(() => void (here = world()))
afterAll(() => here.stop())

const routes = Object.entries(adminDocument().paths ?? {}).flatMap(([path, item]) =>
  (['get', 'post', 'delete'] as const)
    .filter((method) => item[method])
    .map((method) => [method.toUpperCase(), path] as const),
)

let address = 0
/** Each test has its own address. Wrong keys in one test therefore don't slow another test. */
const elsewhere = () => ({ 'x-test-address': `192.0.2.${(address += 1)}` })

describe('every route of the OpenAPI document', () => {
  test('the OpenAPI document lists more than twelve routes', () => expect(routes.length).toBeGreaterThan(12))

  for (const [method, path] of [
    ...routes,
    ['GET', '/openapi.json'],
    ['GET', '/nothing-here'],
    ['PUT', '/keys'],
    ['OPTIONS', '/keys'],
  ] as const) {
    const url = `/admin/v1${path.replace('{id}', 'ci')}`
    test(`refuses ${method} ${path} without a key and with a wrong one`, async () => {
      const without = await fetch(here.url + url, { method, headers: elsewhere() })
      expect(without.status).toBe(401)
      expect(without.headers.get('www-authenticate')).toStartWith('Bearer')
      const wrong = await fetch(here.url + url, {
        method,
        headers: { ...elsewhere(), authorization: `Bearer ${adminKey}x` },
      })
      expect(wrong.status).toBe(401)
      expect(problemSchema.parse(await wrong.json()).code).toBe('bad-key')
      expect(wrong.headers.get('cache-control')).toBe('no-store')
    })
  }

  test('the admin key opens the API, and no cache or other site may keep the response', async () => {
    const response = await here.call('/admin/v1/keys', { headers: { origin: 'https://evil.example' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  test('every route is in the OpenAPI document that is served', async () => {
    expect(await (await here.call('/admin/v1/openapi.json')).json()).toEqual(
      JSON.parse(JSON.stringify(adminDocument())),
    )
  })
})

describe('wrong keys', () => {
  const attempt = (headers: Record<string, string>, key: string) =>
    fetch(`${here.url}/admin/v1/keys`, { headers: { ...headers, authorization: `Bearer ${key}` } })

  test('each wrong key makes its address wait longer and does not delay other addresses', async () => {
    const guesser = { 'x-test-address': '203.0.113.9' }
    for (let tries = 0; tries < 5; tries += 1) expect((await attempt(guesser, 'guess')).status).toBe(401)
    const slowed = await attempt(guesser, adminKey)
    expect(slowed.status).toBe(429)
    expect(slowed.headers.get('retry-after')).toBe('1')
    expect((await attempt({ 'x-test-address': '203.0.113.10' }, adminKey)).status).toBe(200)

    here.clock.advance(1_000)
    expect((await attempt(guesser, 'guess')).status).toBe(401)
    expect((await attempt(guesser, adminKey)).headers.get('retry-after')).toBe('2')
    here.clock.advance(2_000)
    expect((await attempt(guesser, adminKey)).status).toBe(200)
    expect((await attempt(guesser, 'guess')).status).toBe(401)
  })

  test('wrong keys are counted per network on IPv6, where a host has many addresses', async () => {
    for (let tries = 0; tries < 5; tries += 1)
      await attempt({ 'x-test-address': `2001:db8:1:2::${tries}` }, 'guess')
    expect((await attempt({ 'x-test-address': '2001:db8:1:2:a:b:c:d' }, adminKey)).status).toBe(429)
    expect((await attempt({ 'x-test-address': '2001:db8:1:3::1' }, adminKey)).status).toBe(200)
  })

  test('a wrong key is refused in every other form of the header', async () => {
    for (const authorization of [
      `Basic ${btoa(`admin:${adminKey}`)}`,
      adminKey,
      'Bearer',
      `Bearer ${adminKey} ${adminKey}`,
      `Bearer ${adminKey}, Bearer x`,
    ]) {
      expect(
        (await fetch(`${here.url}/admin/v1/keys`, { headers: { ...elsewhere(), authorization } })).status,
      ).toBe(401)
    }
  })

  test('no response repeats a wrong key', async () => {
    const response = await attempt(elsewhere(), 'planted-secret-guess')
    expect(await response.text()).not.toContain('planted-secret')
  })
})

describe('an unreadable request is refused with the value and the fix', () => {
  const refusal = async (init: Parameters<World['call']>[1], path = '/admin/v1/keys') => {
    const response = await here.call(path, { method: 'POST', ...init })
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    return problemSchema.parse(await response.json())
  }

  test('a body that is not JSON is refused', async () => {
    expect(await refusal({ raw: '{"id":' })).toMatchObject({
      status: 400,
      code: 'bad-request',
      detail: 'the body is not valid JSON.',
    })
  })
  test('a body of another content type is refused', async () => {
    expect(
      await refusal({ raw: 'id=ci', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    ).toMatchObject({ status: 415 })
  })
  test('a request without a body is refused', async () => expect((await refusal({})).status).toBe(400))
  test('a body that is too large is refused', async () => {
    expect(await refusal({ raw: JSON.stringify({ id: 'x'.repeat(300_000) }) })).toMatchObject({
      status: 413,
      code: 'request-too-large',
    })
  })
  test('an unknown field is refused by its name', async () => {
    const problem = await refusal({ body: { id: 'ci', team: 'research', budget: 5 } })
    expect(problem.errors?.[0]).toMatchObject({
      path: 'budget',
      message: expect.stringContaining('unknown field'),
    })
  })
  test('a refusal lists every wrong value at once', async () => {
    const problem = await refusal({
      body: { id: 'Not OK', team: 'research', tags: { a: 3 }, budgets: [{ amount: 1, per: 'fortnight' }] },
    })
    expect(problem.errors?.map((one) => one.path)).toEqual(['id', 'tags.a', 'budgets.0.per'])
    expect(problem.detail).toContain('"Not OK"')
    expect(problem.detail).toContain('2 more')
  })
  test('an unknown query parameter is refused, and so is a repeated one', async () => {
    expect((await refusal({ method: 'GET' }, '/admin/v1/usage?group=day')).detail).toContain('group')
    expect((await refusal({ method: 'GET' }, '/admin/v1/usage?by=day&by=key')).status).toBe(400)
  })
  test('a refusal of a method lists the methods that the path accepts', async () => {
    const response = await here.call('/admin/v1/keys/ci', { method: 'PUT' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, DELETE')
    expect((await here.call('/admin/v1/tail', { method: 'HEAD' })).status).toBe(405)
    expect(here.tails.size).toBe(0)
  })
  test('a path that does not exist is refused', async () => {
    expect(await refusal({ method: 'GET' }, '/admin/v1/kyes')).toMatchObject({
      status: 404,
      detail: expect.stringContaining('openapi.json'),
    })
  })
})

test('an internal error is a 500 without details, and its cause is in the log', async () => {
  here.records.failure = new TypeError('SELECT secret-stuff FROM records')
  const response = await here.call('/admin/v1/records')
  here.records.failure = undefined
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('secret-stuff')
  expect(here.logged.at(-1)).toContain('TypeError')
})
