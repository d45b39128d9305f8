// Failures around a body: paths, methods, headers, keys, model names, pipelined requests. None of them
// reaches a provider, and the door stays open.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { officialClient, request } from './client.ts'
import { rawCall, rawClient, type RequestParts, requestBytes } from './raw-client.ts'
import { until, type World, world } from './world.ts'

let here: World
beforeAll(async () => {
  here = await world({
    config: `keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  narrow: { team: testers, secret: "gh_narrow-key-that-is-no-secret-0123456789", allow: { models: ["day-0"] } }
  stale: { team: testers, secret: "gh_stale-key-that-is-no-secret-01234567890", expires: 2020-01-01 }`,
  })
})
let calls = 0
beforeEach(() => {
  calls = asked()
})
afterAll(() => here.end())

const asked = () => here.provider.requests.filter(({ method }) => method === 'POST').length
const ask = (parts: RequestParts) => rawCall(here.gatehouse.url, requestBytes(parts))
const chatBody = (model: string) => JSON.stringify(request(model))
const good = () => ({ key: here.gatehouse.key, body: chatBody('day-0') })

describe('headers', () => {
  test.each([
    ['two Host headers', 'Host: other.test\r\n', 'Host'],
    ['two Authorization headers', 'Authorization: Bearer gh_other\r\n', 'Authorization'],
  ])('%s are refused, because two readers may understand them differently', async (_, extra, named) => {
    const bytes = Buffer.from(requestBytes(good())).toString().replace('content-type', `${extra}content-type`)
    const response = await rawCall(here.gatehouse.url, bytes)
    expect(response.status).toBe(400)
    expect(response.json().error.message).toContain(named)
    expect(asked()).toBe(calls)
  })

  test('two content lengths, or a length and chunks, are refused to prevent request smuggling', async () => {
    for (const headers of [{ 'Content-Length': '5' }, { 'transfer-encoding': 'chunked' }]) {
      const response = await ask({ ...good(), headers })
      expect(response.status).toBe(400)
    }
    expect(asked()).toBe(calls)
  })

  test.each(['gzip', 'br', 'deflate, gzip'])(
    'a body that is encoded as %s: 415 with a record',
    async (encoding) => {
      const response = await ask({
        ...good(),
        headers: { 'content-encoding': encoding },
        body: Bun.gzipSync(chatBody('day-0')),
      })
      expect(response.status).toBe(415)
      expect(response.json().error).toMatchObject({
        type: 'invalid_request_error',
        code: 'unsupported_media_type',
      })
      expect(await here.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
        outcome: 'refused',
        code: 'unsupported-media-type',
      })
      expect(asked()).toBe(calls)
    },
  )

  test.each(['text/plain', 'multipart/form-data; boundary=x', 'application/x-www-form-urlencoded'])(
    'a body that calls itself %s: 415',
    async (type) => {
      expect((await ask({ ...good(), headers: { 'content-type': type } })).status).toBe(415)
    },
  )

  test('a missing content type and other JSON content types are accepted', async () => {
    for (const type of ['', 'application/json; charset=utf-8', 'application/vnd.api+json'])
      expect((await ask({ ...good(), headers: { 'content-type': type } })).status).toBe(200)
  })

  test('too many headers are a 431, and the door stays open', async () => {
    const headers = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`x-much-${index}`, 'x'.repeat(400)]),
    )
    expect((await ask({ ...good(), headers })).status).toBe(431)
    expect((await ask(good())).status).toBe(200)
  })

  test('input that is not HTTP closes the connection, and the door stays open', async () => {
    for (const bytes of [
      '\u0016\u0003\u0001\u0002\u0000\u0001',
      'hello?\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
      '\r\n'.repeat(50),
    ]) {
      const client = await rawClient(here.gatehouse.url)
      client.send(bytes)
      client.halfClose()
      await client.closed
    }
    expect((await ask(good())).status).toBe(200)
  })
})

describe('keys', () => {
  test.each([
    ['no key', {}, 'no-key'],
    ['an unknown key', { authorization: 'Bearer gh_unknown' }, 'bad-key'],
    ['another scheme', { authorization: 'Basic dGVzdGVyOnRlc3Rlcg==' }, 'no-key'],
    ['an empty key', { authorization: 'Bearer ' }, 'no-key'],
    ['a key of ten thousand letters', { authorization: `Bearer ${'k'.repeat(10_000)}` }, 'bad-key'],
  ])('%s is a 401 before the body is read, counted without a record of its own', async (_, headers, code) => {
    const before = await refusals(code)
    const client = await rawClient(here.gatehouse.url)
    // the body never arrives
    client.send(requestBytes({ headers: { ...headers, 'content-length': '100000' } }))
    const response = await client.answer()
    client.close()
    expect(response.status).toBe(401)
    expect(response.json().error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_api_key' })
    expect(response.headers.get('x-should-retry')).toBe('false')
    expect(await refusals(code)).toBe(before + 1)
    expect(JSON.stringify(response.json())).not.toContain('gh_unknown')
  })

  test('an expired key is a 401', async () => {
    const response = await ask({ key: 'gh_stale-key-that-is-no-secret-01234567890', body: chatBody('day-0') })
    expect(response.status).toBe(401)
    expect(response.json().error.message).toContain('expired')
  })

  test('the official client raises an AuthenticationError and does not retry', async () => {
    const client = new OpenAI({ apiKey: 'gh_unknown', baseURL: `${here.gatehouse.url}/v1` })
    const before = await refusals('bad-key')
    const thrown = await client.chat.completions
      .create(request('day-0'))
      .then(undefined, (error: unknown) => error)
    expect(thrown).toBeInstanceOf(OpenAI.AuthenticationError)
    expect(await refusals('bad-key')).toBe(before + 1)
  })

  async function refusals(code: string): Promise<number> {
    const text = await (await fetch(`${here.gatehouse.url}/metrics`)).text()
    return Number(new RegExp(`gatehouse_refusals_total\\{code="${code}"\\} (\\d+)`).exec(text)?.[1] ?? 0)
  }
})

describe('model names', () => {
  const odd = [
    'nothing',
    'fake',
    'fake/',
    '/',
    '',
    ' day-0',
    'nobody/model',
    'fake/../day-0/x',
    '__proto__',
    'constructor',
    '__proto__/x',
    'constructor/x',
    'day-0\u0000',
    'day-0\n',
    '日本',
    'x'.repeat(60_000),
    `${'a/'.repeat(20_000)}b`,
  ]
  // The grants of the narrow key cover one model. The error for any other model says unknown.
  test.each(odd.map((name) => [name.slice(0, 40), name]))(
    '%j is a 404 with the same error for unknown and ungranted models',
    async (_, name) => {
      const response = await ask({ key: 'gh_narrow-key-that-is-no-secret-0123456789', body: chatBody(name) })
      expect(response.status).toBe(404)
      const { error } = response.json()
      expect(error).toMatchObject({ type: 'invalid_request_error', code: 'model_not_found', param: 'model' })
      expect(error.message.length).toBeLessThan(600)
      const record = await here.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
      expect(record).toMatchObject({
        key: 'narrow',
        outcome: 'refused',
        code: 'unknown-model',
        costNano: '0',
      })
      // characters that are not valid in names are not recorded: records have no content
      expect(record.resource.name).toBe(name.slice(0, 64).replaceAll(/[^\p{L}\p{N}_./:@+~-]/gu, '?'))
      expect(asked()).toBe(calls)
    },
  )

  test('an existing model that is not granted has the same error as an unknown model', async () => {
    const key = 'gh_narrow-key-that-is-no-secret-0123456789'
    const [ungranted, unknown] = [
      await ask({ key, body: chatBody('day-1') }),
      await ask({ key, body: chatBody('day-X') }),
    ]
    expect(ungranted.status).toBe(404)
    expect(ungranted.text.replace('day-1', 'day-X')).toBe(unknown.text)
  })

  test('a model name that looks like a path leads to no other path of the provider', async () => {
    for (const name of [
      'fake/../../admin',
      'fake/..%2f..%2fadmin',
      'fake/a?b=c#d',
      'fake/http://other.test/',
    ]) {
      const before = here.provider.requests.length
      await ask({ key: here.gatehouse.key, body: chatBody(name) })
      for (const { path, method } of here.provider.requests.slice(before))
        if (method === 'POST') expect(path).toBe('/v1/chat/completions')
    }
  })

  test('a model in the path of a request is only found by its whole name', async () => {
    for (const path of [
      '/v1/models/__proto__',
      '/v1/models/%',
      '/v1/models/..%2f..%2fadmin',
      '/v1/models/%00',
      '/v1/models/fake/../../x',
    ]) {
      const response = await ask({
        method: 'GET',
        path,
        key: here.gatehouse.key,
        headers: { 'content-length': '' },
      })
      expect(response.status).toBe(/\.\.|%00/.test(path) ? 400 : 404)
      expect(response.json().error.code).toMatch(
        response.status === 400 ? /bad.request/ : /model_not_found|not.found/,
      )
    }
    expect((await ask({ method: 'GET', path: '/v1/models/day-0', key: here.gatehouse.key })).json().id).toBe(
      'day-0',
    )
  })
})

describe('paths and methods', () => {
  test.each([
    '/',
    '/v1',
    '/v1/chat',
    '/v1/chat/completions/',
    '/v1/chat/completions/x',
    '//v1/chat/completions',
    '/V1/chat/completions',
    '/v2/models',
  ])('%s has no endpoint: the 404 names the path in the dialect of the path', async (path) => {
    const response = await ask({ ...good(), path })
    expect(response.status).toBe(404)
    expect(response.json().error).toMatchObject({
      message: expect.stringContaining(`There is no endpoint at ${path}`),
      type: 'invalid_request_error',
      code: 'not_found',
    })
    expect(asked()).toBe(calls)
  })

  test.each(['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    '%s on a POST door: 405 that names POST',
    async (method) => {
      const response = await ask({ method, key: here.gatehouse.key })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('POST')
      expect(response.json().error).toMatchObject({
        type: 'invalid_request_error',
        code: 'method_not_allowed',
      })
    },
  )

  test('HEAD on a POST door is a 405 without a body, and the connection still works', async () => {
    const client = await rawClient(here.gatehouse.url)
    client.send(requestBytes({ method: 'HEAD', key: here.gatehouse.key }))
    await client.until('\r\n\r\n')
    expect(client.received).toStartWith('HTTP/1.1 405')
    client.close()
  })

  test('a path with a query leads to the same door', async () => {
    expect((await ask({ ...good(), path: '/v1/chat/completions?api-version=1' })).status).toBe(200)
  })

  test('a request in absolute form and a long path get a response', async () => {
    expect((await ask({ ...good(), path: `/v1/${'x'.repeat(8_000)}` })).status).toBe(404)
    expect([200, 400, 404]).toContain(
      (await ask({ ...good(), path: 'http://gatehouse.test/v1/chat/completions' })).status,
    )
  })
})

describe('connections', () => {
  // Bun closes a connection if a second request arrives before the first response. A client of HTTP/1.1 must
  // expect that (RFC 9112 §9.3.2). This test only checks that nothing of the call is left.
  test('a second request before the first response ends the connection and leaves nothing in flight', async () => {
    const client = await rawClient(here.gatehouse.url)
    const two = [chatBody('day-0'), chatBody('day-0')].map((body) =>
      requestBytes({ key: here.gatehouse.key, body }),
    )
    client.send(Buffer.concat(two))
    await client.closed
    await here.quiet()
    await here.provider.settled()
    expect((await ask(good())).status).toBe(200)
  })

  test('a connection still works after a refusal', async () => {
    const client = await rawClient(here.gatehouse.url)
    for (const [body, status] of [
      ['[]', 400],
      [chatBody('day-0'), 200],
      ['', 400],
      [chatBody('day-0'), 200],
    ] as const) {
      client.send(requestBytes({ key: here.gatehouse.key, body }))
      expect((await client.answer()).status).toBe(status)
    }
    client.close()
  })

  test('a thousand silent connections do not block other clients', async () => {
    const silent = await Promise.all(Array.from({ length: 1_000 }, () => rawClient(here.gatehouse.url)))
    for (const client of silent) client.send('POST /v1/chat/completions HTTP/1.1\r\nhost: gate')
    expect((await ask(good())).status).toBe(200)
    for (const client of silent) client.close()
  })
})

test('the official client raises its usual errors', async () => {
  const client = officialClient(here.gatehouse)
  const raised = (model: string) =>
    client.chat.completions.create(request(model)).then(undefined, (error: unknown) => error)
  expect(await raised('nothing')).toBeInstanceOf(OpenAI.NotFoundError)
  const bad = await client.chat.completions
    .create({ ...request('day-0'), max_tokens: -1 })
    .then(undefined, (error: unknown) => error)
  expect(bad).toBeInstanceOf(OpenAI.BadRequestError)
  expect(bad).toMatchObject({ param: 'max_tokens', code: 'bad_request' })
})

test('anonymous refusals are summed in one record', async () => {
  await Promise.all(Array.from({ length: 40 }, () => ask({ body: '{' })))
  const found = await until(async () => {
    const { body } = await here.gatehouse.admin('/records?outcome=refused&limit=1000')
    const { records } = body as { records: { repeats?: number; code: string; key?: string }[] }
    return records.find((record) => record.code === 'no-key' && (record.repeats ?? 0) >= 40)
  }, 'a record of forty refusals')
  expect(found.key).toBeUndefined()
}, 15_000)
