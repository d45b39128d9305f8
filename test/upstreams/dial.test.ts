import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/contract/errors.ts'
import { credentialKinds } from '../../src/upstream/credentials/index.ts'
import { behave, chat, closedPort, fakeProvider, type FakeProvider } from './index.ts'
import {
  bearerRule,
  codeOf,
  type Dialling,
  dialling,
  errorOf,
  noCredential,
  providerRule,
  textOf,
} from './dialling.ts'

let provider: FakeProvider
let line: Dialling
beforeEach(async () => {
  provider = await fakeProvider()
  line = dialling()
})
afterEach(async () => {
  line.upstream.close()
  await provider.close()
})

const rule = (more = {}) => providerRule(provider.url, more)
const stream = chat.stream(['Hel', 'lo ', 'wörld 🌍'], { withUsage: true })

test('all responses share one memory limit for incomplete events, also with a credential search or a compressed body', async () => {
  provider.next(behave.json({}), behave.json({}), behave.compressed(stream, 'gzip'))
  const plain = await line.dial(rule({ credential: noCredential }), {})
  const watched = await line.dial(rule(), {})
  const compressed = await line.dial(rule({ credential: noCredential }), {})
  expect(plain.memory).toBeDefined()
  expect([watched.memory === plain.memory, compressed.memory === plain.memory]).toEqual([true, true])
  for (const response of [plain, watched, compressed]) await response.body.cancel()
})

describe('the outgoing request', () => {
  test('the body is sent unchanged below the base URL; operator headers override the module’s, the credential all', async () => {
    const result = await line.dial(
      rule({ headers: { 'OpenAI-Organization': 'org-1', 'x-shared': 'operator' } }),
      {
        path: '/chat/completions?api-version=1',
        headers: [
          ['content-type', 'application/json'],
          ['x-shared', 'room'],
          ['x-twice', 'a'],
          ['x-twice', 'b'],
        ],
        body: '{"text":"ü🌍"}',
      },
    )
    await result.bytes(10_000)
    const received = await provider.received(1)
    expect(received.path).toBe('/v1/chat/completions?api-version=1')
    expect(received.text()).toBe('{"text":"ü🌍"}')
    expect(received.headers).toMatchObject({
      host: `127.0.0.1:${provider.port}`,
      'content-type': 'application/json',
      'openai-organization': 'org-1',
      'x-shared': 'operator',
      'x-twice': 'a, b',
      authorization: 'Bearer sk-planted-upstream-key',
      'accept-encoding': 'identity',
      'user-agent': 'gatehouse',
    })
  })

  test('request bytes are sent unchanged', async () => {
    const body = Uint8Array.from({ length: 100_000 }, (_, i) => i % 256)
    await (await line.dial(rule(), { body })).body.cancel()
    expect((await provider.received(1)).body).toEqual(body)
  })

  test('headers that may hold a Gatehouse key or concern one connection are not accepted from a traffic module', async () => {
    const names = [
      'authorization',
      'X-Api-Key',
      'api-key',
      'x-goog-api-key',
      'cookie',
      'proxy-authorization',
      'x-gatehouse-run',
      'te',
      'host',
    ]
    await (
      await line.dial(rule({ credential: noCredential }), {
        headers: names.map((name) => [name, 'gk_planted']),
      })
    ).bytes(10_000)
    expect(JSON.stringify((await provider.received(1)).rawHeaders)).not.toContain('gk_planted')
  })

  test('a path cannot leave the base URL', async () => {
    for (const path of [
      '/../admin',
      '/models/%2e%2e/%2E./admin',
      '/a/..',
      '/a\\..\\b',
      '/a#b',
      '/a b',
      'admin',
      '/..?x=1',
    ]) {
      expect(await codeOf(line.dial(rule(), { path }))).toBe('bad-request')
    }
    expect(provider.requests).toHaveLength(0)
    await (await line.dial(rule(), { path: '/models/some..model/.well-known' })).bytes(10_000)
  })

  test('an operator header that cannot be sent is an error before anything is sent', async () => {
    for (const headers of [{ 'x-a': 'a\r\nb: c' }, { 'x a': 'b' }]) {
      expect((await errorOf(line.dial(rule({ headers })))).message).toContain('is not valid')
    }
    expect(provider.connections).toBe(0)
  })

  test('a connection is kept for the next call', async () => {
    for (let i = 0; i < 3; i += 1) await (await line.dial(rule())).bytes(10_000)
    expect(provider.connections).toBe(1)
  })

  test('onSent is called once, before the request may have been sent, and never if it certainly was not', async () => {
    let sent = 0
    await (await line.dial(rule(), { onSent: () => void (sent += 1) })).bytes(10_000)
    expect(sent).toBe(1)
    await codeOf(line.dial(rule({ allowsPrivateAddress: false }), { onSent: () => void (sent += 1) }))
    await codeOf(
      line.dial(rule({ credential: { ...bearerRule(), secrets: {} } }), { onSent: () => void (sent += 1) }),
    )
    expect(sent).toBe(1)
  })
})

describe('the incoming response', () => {
  test('a whole response is read', async () => {
    const result = await line.dial(rule())
    expect(result.status).toBe(200)
    expect(JSON.parse(new TextDecoder().decode(await result.bytes(10_000))).choices[0].message.content).toBe(
      'Hello from the fake provider.',
    )
  })

  test('a stream is read, whatever its pieces are', async () => {
    for (const every of [1, 3, 64]) {
      provider.next(behave.sse(stream, { cuts: { every } }))
      expect(await textOf(await line.dial(rule()))).toBe(stream)
    }
  })

  test('pieces are passed on as they arrive, not when the stream is complete', async () => {
    const result = behave.manual()
    provider.next(result)
    const dialed = line.dial(rule())
    await result.started
    result.head(200, { 'content-type': 'text/event-stream' })
    const { body } = await dialed
    for (const event of ['data: 1\n\n', 'data: 2\n\n']) {
      result.push(event)
      expect(new TextDecoder().decode(await body.next())).toBe(event)
    }
    result.end()
    expect(await body.next()).toBeUndefined()
    expect(await body.next()).toBeUndefined()
  })

  test('an error response is a response', async () => {
    provider.next(behave.error(429, { retryAfter: '7' }))
    const result = await line.dial(rule())
    expect([result.status, result.headers.get('retry-after')]).toEqual([429, '7'])
    expect(JSON.parse(new TextDecoder().decode(await result.bytes(10_000))).error.type).toBe(
      'rate_limit_error',
    )
  })

  test('a response without a body is read', async () => {
    provider.next(behave.custom((call) => call.raw('HTTP/1.1 204 No Content\r\n\r\n')))
    const result = await line.dial(rule())
    expect(await result.body.next()).toBeUndefined()
  })

  test('interim responses are skipped', async () => {
    provider.next(
      behave.custom((call) =>
        call.raw('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
      ),
    )
    expect(await textOf(await line.dial(rule()))).toBe('ok')
  })

  test.each(['gzip', 'br', 'zstd', 'deflate'] as const)(
    '%s is decoded, and the headers reflect it',
    async (encoding) => {
      provider.next(
        behave.compressed(stream.repeat(50), encoding),
        behave.compressed(stream.repeat(50), encoding),
      )
      const result = await line.dial(rule())
      expect(result.headers.get('content-encoding')).toBeNull()
      expect(result.headers.get('content-length')).toBeNull()
      expect(await textOf(result)).toBe(stream.repeat(50))
      const whole = await line.dial(rule())
      expect(new TextDecoder().decode(await whole.bytes(1_000_000))).toBe(stream.repeat(50))
    },
  )

  test('an unsupported encoding is not text', async () => {
    provider.next(behave.text('abc', 'application/json', { headers: { 'content-encoding': 'compress' } }))
    expect(await codeOf(line.dial(rule()))).toBe('upstream-garbage')
    await provider.settled()
  })

  test('a body above the limit is refused, with or without a length, plain or decompressed', async () => {
    provider.next(
      behave.json({ text: 'x'.repeat(5_000) }),
      behave.huge(5_000_000),
      behave.compressed('x'.repeat(5_000_000), 'zstd'),
    )
    for (let i = 0; i < 3; i += 1)
      expect(await codeOf((await line.dial(rule())).bytes(4_000))).toBe('upstream-garbage')
    await provider.settled()
  })

  test('a body of exactly the limit is read', async () => {
    provider.next(behave.text('x'.repeat(4_000), 'text/plain'), behave.huge(4_000))
    for (let i = 0; i < 2; i += 1) expect((await (await line.dial(rule())).bytes(4_000)).length).toBe(4_000)
  })

  test('a redirect is not followed, and the error names its destination without path and query', async () => {
    provider.next(behave.redirect('http://169.254.169.254/latest?token=planted', 302))
    const error = await errorOf(line.dial(rule()))
    expect(error.code).toBe('upstream-garbage')
    expect(error.message).toContain('a redirect to http://169.254.169.254;')
    expect(error.message).not.toContain('planted')
  })

  test('a response that is refused for its headers is closed', async () => {
    for (const [status, headers] of [
      [307, { location: '/elsewhere' }],
      [200, { 'content-encoding': 'compress' }],
    ] as const) {
      const result = behave.manual()
      provider.next(result)
      const outcome = codeOf(line.dial(rule()))
      await result.started
      result.head(status, headers)
      expect(await outcome).toBe('upstream-garbage')
      await result.closed
    }
  })
})

describe('when the provider fails', () => {
  test('a refused connection is unreachable, which means that nothing was sent', async () => {
    const error = await errorOf(line.dial(providerRule(await closedPort())))
    expect(error.code).toBe('upstream-unreachable')
    expect(error.message).toContain('provider "fake" cannot be reached (ECONNREFUSED)')
  })

  test('a name that does not resolve is unreachable', async () => {
    const down = dialling({ resolve: async () => Promise.reject(new Error('ENOTFOUND')) })
    expect(
      await codeOf(
        down.dial(providerRule('https://gatehouse-test.invalid/v1', { allowsPrivateAddress: false })),
      ),
    ).toBe('upstream-unreachable')
    expect(await codeOf(down.dial(providerRule('http://gatehouse-test.invalid/v1')))).toBe(
      'upstream-unreachable',
    )
  })

  test('a connection closed without a response is cut, and the request is not sent a second time', async () => {
    provider.next(behave.closeAtOnce(), behave.resetAtOnce())
    expect(await codeOf(line.dial(rule()))).toBe('upstream-cut')
    expect(await codeOf(line.dial(rule()))).toBe('upstream-cut')
    expect(provider.requests).toHaveLength(2)
  })

  test('a kept connection that breaks under a POST is cut, and the request is never repeated', async () => {
    await (await line.dial(rule())).bytes(10_000)
    provider.next(behave.resetAtOnce())
    expect(await codeOf(line.dial(rule()))).toBe('upstream-cut')
    expect(provider.requests.map((request) => request.connection)).toEqual([1, 1])
  })

  test('a response that is not HTTP is garbage', async () => {
    provider.next(behave.garbage(), behave.raw('HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n'))
    expect(await codeOf(line.dial(rule()))).toBe('upstream-garbage')
    expect(await codeOf(line.dial(rule()))).toBe('upstream-garbage')
  })

  test('a chunked body without its last chunk is cut, at any byte', async () => {
    for (const bytes of [0, 1, 100, stream.length - 1, stream.length]) {
      provider.next(behave.sseThenCut(stream, bytes), behave.sseThenReset(stream, bytes))
      expect(await codeOf(textOf(await line.dial(rule())))).toBe('upstream-cut')
      expect(await codeOf(line.dial(rule()).then((result) => textOf(result)))).toBe('upstream-cut')
    }
    await provider.idle()
  })

  test('a body shorter than its content-length is cut, read by pieces or whole', async () => {
    const body = JSON.stringify(chat.completion('Hello'))
    for (const part of [0.1, 0.99]) {
      provider.next(behave.wholeThenCut(body, part), behave.wholeThenCut(body, part))
      expect(await codeOf(textOf(await line.dial(rule())))).toBe('upstream-cut')
      expect(await codeOf((await line.dial(rule())).bytes(10_000))).toBe('upstream-cut')
    }
    await provider.idle()
  })

  test('data that arrived before the cut is passed on, and the error follows', async () => {
    const result = behave.manual()
    provider.next(result)
    const dialed = line.dial(rule())
    await result.started
    result.head(200)
    result.push('data: {"choi')
    const { body } = await dialed
    expect((await body.next())?.length).toBe(12)
    result.cut()
    const error = await errorOf(body.next())
    expect(error.code).toBe('upstream-cut')
    expect(await errorOf(body.next())).toBe(error)
    await body.cancel()
  })

  test.each(['gzip', 'br', 'zstd', 'deflate'] as const)(
    '%s that ends in the middle is garbage, not a short response',
    async (encoding) => {
      const text = Array.from({ length: 2_000 }, (_, i) => `line ${i} ${i * 7919}`).join('\n')
      provider.next(
        behave.compressed(text, encoding, { cutAt: 0.5 }),
        behave.compressed(text, encoding, { cutAt: 0.5 }),
      )
      expect(await codeOf(line.dial(rule()).then((result) => textOf(result)))).toBe('upstream-garbage')
      expect(await codeOf(line.dial(rule()).then((result) => result.bytes(1_000_000)))).toBe(
        'upstream-garbage',
      )
      await provider.settled()
    },
  )

  test('gzip whose connection ends in the middle is cut', async () => {
    const packed = Bun.gzipSync(new TextEncoder().encode(stream.repeat(20)))
    provider.next(
      behave.custom(async (call) => {
        call.head(200, { 'content-encoding': 'gzip' })
        await call.push(packed.subarray(0, packed.length / 2))
        call.cut()
      }),
    )
    expect(await codeOf(line.dial(rule()).then((result) => textOf(result)))).toBe('upstream-cut')
  })

  test('errors name the provider, and neither key nor query', async () => {
    provider.next(
      behave.closeAtOnce(),
      behave.garbage(),
      behave.compressed('x'.repeat(900), 'gzip', { cutAt: 0.5 }),
    )
    for (let i = 0; i < 3; i += 1) {
      const error = await errorOf(
        line.dial(rule(), { path: '/x?key=sk-planted-query' }).then((result) => textOf(result)),
      )
      const all = `${error.message} ${String(error.details.cause)} ${Bun.inspect(error)}`
      expect(error.message).toContain('provider "fake"')
      expect(all).not.toContain('sk-planted')
    }
  })

  test('a provider of an unknown credential kind is refused with the known kinds', async () => {
    const error = await errorOf(line.dial(rule({ credential: { kind: 'magic', secrets: {}, settings: {} } })))
    expect(error.message).toContain(`known kinds: ${credentialKinds.map(({ kind }) => kind).join(', ')}`)
  })
})

describe('aborting', () => {
  test('an aborted call closes its socket before the response', async () => {
    const client = new AbortController()
    const result = behave.manual()
    provider.next(result)
    const dialed = line.dial(rule(), { signal: client.signal })
    await result.started
    client.abort()
    expect(await codeOf(dialed)).toBe('client-gone')
    await result.closed
  })

  test('an aborted call closes its socket in the middle of a stream, and a pending read ends with the reason', async () => {
    const client = new AbortController()
    const result = behave.manual()
    provider.next(result)
    const dialed = line.dial(rule(), { signal: client.signal })
    await result.started
    result.head(200)
    const { body } = await dialed
    const reading = body.next()
    client.abort(new GatewayError('revoked', 'The key was revoked.'))
    expect(await codeOf(reading)).toBe('revoked')
    await result.closed
    await body.cancel()
  })

  test('cancel closes the socket: unread, half read, with a read pending, twice', async () => {
    for (const reads of [0, 1, 2]) {
      provider.next(behave.endless())
      const { body } = await line.dial(rule())
      for (let i = 0; i < reads; i += 1) await body.next()
      const pending = reads === 2 ? body.next() : undefined
      await Promise.all([body.cancel(), body.cancel()])
      await pending
      expect(await body.next()).toBeUndefined()
      await provider.idle()
    }
  })

  test('an already aborted call opens no connection', async () => {
    expect(await codeOf(line.dial(rule(), { signal: AbortSignal.abort() }))).toBe('client-gone')
    expect(provider.connections).toBe(0)
  })

  test('after two hundred failures of every kind no socket is left', async () => {
    const kinds = [
      behave.closeAtOnce(),
      behave.resetAtOnce(),
      behave.garbage(),
      behave.sseThenCut(stream, 50),
      behave.sseThenReset(stream, 50),
    ]
    const calls = Array.from({ length: 200 }, async (_, i) => {
      provider.next(kinds[i % kinds.length] ?? behave.hang())
      return codeOf(line.dial(rule()).then((result) => textOf(result)))
    })
    for (const code of await Promise.all(calls)) expect(code).toMatch(/^upstream-(cut|garbage)$/)
    await provider.idle()
    expect(provider.requests).toHaveLength(200)
  })

  test('a reader that does not read stops the provider instead of filling memory', async () => {
    let written = 0
    provider.next(
      behave.custom(async (call) => {
        call.head(200)
        for (; !call.isClosed && written < 200_000_000; written += 65_536)
          await call.push(new Uint8Array(65_536))
      }),
    )
    const { body } = await line.dial(rule())
    await body.next()
    let before = -1
    while (before !== written) {
      before = written
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(written).toBeLessThan(40_000_000)
    await body.cancel()
  })
})
