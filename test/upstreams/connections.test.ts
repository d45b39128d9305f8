// How connections are used, kept, given up and replaced. The server counts executions: one call has its
// effect at most once.

import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { defaultAnswer } from './behave.ts'
import { behave, fakeProvider, type FakeProvider } from './index.ts'
import { codeOf, type Dialling, dialling, errorOf, noCredential, providerRule, textOf } from './dialling.ts'

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
const turns = async () => {
  for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
/** One call; its connection is idle afterwards. */
const warm = async () => {
  await (await line.dial(rule())).bytes(10_000)
  expect(provider.openSockets).toBe(1)
}
const raw = (bytes: string) => behave.custom((call) => call.raw(bytes))
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'

describe('a request is sent once', () => {
  test.each(['GET', 'POST', 'DELETE'] as const)(
    '%s to a server that executes it and closes, on a new connection and on a kept one',
    async (method) => {
      let executions = 0
      const doAndEnd = (end: 'cut' | 'reset') =>
        behave.custom((call) => {
          executions += 1
          call[end]()
        })
      provider.next(doAndEnd('cut'))
      expect(await codeOf(line.dial(rule(), { method }))).toBe('upstream-cut')
      for (const end of ['cut', 'reset'] as const) {
        await warm()
        provider.always(doAndEnd(end))
        expect(await codeOf(line.dial(rule(), { method }))).toBe('upstream-cut')
        provider.always(defaultAnswer)
      }
      expect(executions).toBe(3)
    },
  )

  test('a kept connection that accepts no byte any more is replaced silently', async () => {
    await warm()
    for (const socket of provider.sockets) socket.resetAndDestroy()
    let sent = 0
    expect(JSON.parse(await textOf(await line.dial(rule(), { onSent: () => void (sent += 1) }))).object).toBe(
      'chat.completion',
    )
    expect([sent, provider.requests.length, provider.connections]).toEqual([1, 2, 2])
  })

  test('a kept connection with an unnoticed end accepts bytes, so the call is cut and counts as sent', async () => {
    await warm()
    for (const socket of provider.sockets) socket.destroy()
    let sent = 0
    expect(await codeOf(line.dial(rule(), { onSent: () => void (sent += 1) }))).toBe('upstream-cut')
    expect([sent, provider.requests.length]).toEqual([1, 1])
  })

  test('onSent is not called if no connection is established, and is called while the request waits for its response', async () => {
    let sent = 0
    const onSent = () => void (sent += 1)
    const other = await fakeProvider()
    await other.close()
    expect(await codeOf(line.dial(providerRule(other.url), { onSent }))).toBe('upstream-unreachable')
    expect(sent).toBe(0)
    const received = behave.manual()
    provider.next(received)
    const dialed = line.dial(rule(), { onSent })
    await received.started
    expect(sent).toBe(1)
    received.head(200)
    received.end()
    await (await dialed).bytes(10)
  })
})

test('a port that cannot be dialed is unreachable', async () => {
  expect(await codeOf(line.dial(providerRule('http://127.0.0.1:0/v1')))).toBe('upstream-unreachable')
})

describe('an idle connection', () => {
  test('an idle connection is used again by the next call; two concurrent calls need two', async () => {
    await Promise.all([
      line.dial(rule()).then((received) => received.bytes(10_000)),
      line.dial(rule()).then((received) => received.bytes(10_000)),
    ])
    await (await line.dial(rule())).bytes(10_000)
    expect(provider.connections).toBe(2)
  })

  test('a connection stays usable after chunks with extensions and trailers, an empty body, or a complete error response', async () => {
    provider.next(
      raw(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2;a=b;c="d"\r\nok\r\n00\r\nx-checksum: 7\r\nx: y\r\n\r\n',
      ),
      raw('HTTP/1.1 204 No Content\r\n\r\n'),
      raw('HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n'),
    )
    expect(await textOf(await line.dial(rule()))).toBe('ok')
    expect((await (await line.dial(rule())).bytes(10)).length).toBe(0)
    expect((await (await line.dial(rule())).bytes(10)).length).toBe(0)
    await warm()
    expect(provider.connections).toBe(1)
  })

  test('a connection stays idle for 55 seconds, or for a second less than the server announces', async () => {
    await warm()
    line.clock.advance(54_999)
    await warm()
    line.clock.advance(60_000)
    await provider.idle()
    const kept = () =>
      provider.next(raw('HTTP/1.1 200 OK\r\nkeep-alive: max=7, timeout=5\r\ncontent-length: 2\r\n\r\nok'))
    kept()
    await textOf(await line.dial(rule()))
    line.clock.advance(3_999)
    kept()
    await textOf(await line.dial(rule()))
    expect(provider.connections).toBe(2)
    line.clock.advance(4_000)
    await textOf(await line.dial(rule()))
    expect(provider.connections).toBe(3)
  })

  test('the number of idle connections is limited, and none remains after close', async () => {
    const results = Array.from({ length: 300 }, () => behave.manual())
    provider.next(...results)
    const calls = results.map(() => line.dial(rule()).then((received) => received.bytes(10)))
    await provider.received(300)
    for (const received of results) {
      received.head(200)
      received.end()
    }
    await Promise.all(calls)
    await turns()
    expect(provider.openSockets).toBe(256)
    line.upstream.close()
    await provider.idle()
    await (await line.dial(rule())).bytes(10_000)
    await provider.idle()
  })

  test.each([
    ['the server says so', 'HTTP/1.1 200 OK\r\nconnection: Keep-Alive, Close\r\ncontent-length: 2\r\n\r\nok'],
    ['it speaks HTTP/1.0', 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok'],
    [
      'its time is as good as over',
      'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok',
    ],
    ['bytes lie behind the response', `${ok}HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbad`],
    [
      'bytes lie behind the last chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n!',
    ],
  ])('never when %s', async (_why, response) => {
    provider.next(raw(response))
    expect(await textOf(await line.dial(rule()))).toBe('ok')
    await provider.idle()
    await warm()
    expect(provider.connections).toBe(2)
  })

  test('an idle connection is dropped when an unrequested byte arrives', async () => {
    await warm()
    for (const socket of provider.sockets) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstolen')
    await provider.idle()
    await warm()
    expect(provider.connections).toBe(2)
  })

  test('a connection is not kept if the response came before the request had been sent', async () => {
    const gone = Promise.withResolvers<void>()
    const hasty = createServer((socket) => {
      socket.on('error', () => {}).on('close', () => gone.resolve())
      socket.once('data', () => {
        socket.pause()
        socket.write(ok, () => socket.resume())
      })
    }).listen(0, '127.0.0.1')
    await once(hasty, 'listening')
    const { port } = hasty.address() as AddressInfo
    expect(
      await textOf(
        await line.dial(providerRule(`http://127.0.0.1:${port}`), { body: new Uint8Array(30_000_000) }),
      ),
    ).toBe('ok')
    await gone.promise
    hasty.close()
  })
})

describe('bytes', () => {
  test('bytes that arrive together with the end are passed on before the error', async () => {
    provider.next(behave.raw('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nwhat there was'))
    // with a credential the last letter would wait, because it may be the beginning of the key
    const { body } = await line.dial(rule({ credential: noCredential }))
    expect(Buffer.from((await body.next()) ?? []).toString()).toBe('what there was')
    expect(await codeOf(body.next())).toBe('upstream-cut')
  })

  test('the bytes of a body without an end of its own are read until the connection ends', async () => {
    provider.next(behave.raw('HTTP/1.1 200 OK\r\n\r\nall of it'))
    expect(await textOf(await line.dial(rule()))).toBe('all of it')
    provider.next(
      behave.custom((call) => {
        call.raw('HTTP/1.1 200 OK\r\n\r\nnot all')
        call.reset()
      }),
    )
    expect(await codeOf(line.dial(rule()).then(textOf))).toBe('upstream-cut')
  })

  test('response bytes that arrive one by one give the same result', async () => {
    const response =
      'HTTP/1.1 103 Early\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, provider\r\n0\r\nt: u\r\n\r\n'
    provider.next(
      behave.custom(async (call) => {
        for (const byte of response) {
          call.raw(byte)
          await new Promise((resolve) => setImmediate(resolve))
        }
      }),
    )
    expect(await textOf(await line.dial(rule()))).toBe('hello, provider')
  })

  test('request bytes reach a slow server completely', async () => {
    const body = Uint8Array.from({ length: 8_000_000 }, (_, at) => (at * 7) % 251)
    await (await line.dial(rule(), { body })).bytes(10_000)
    expect(Bun.hash(provider.requests[0]?.body ?? '')).toBe(Bun.hash(body))
    const text = 'é🌍'.repeat(500_000)
    await (await line.dial(rule(), { body: text })).bytes(10_000)
    expect(provider.requests[1]?.text()).toBe(text)
  })

  test('the bytes of a header field are sent unchanged, or not at all', async () => {
    await (await line.dial(rule(), { headers: [['x-name', 'Zoë']], body: 'ü' })).bytes(10_000)
    expect(Buffer.from(String(provider.requests[0]?.headers['x-name']), 'latin1').toString('latin1')).toBe(
      'Zoë',
    )
    expect(provider.requests[0]?.text()).toBe('ü')
    for (const value of ['a\r\nb: c', 'a\nb', 'a\0b', '日本'])
      expect((await errorOf(line.dial(rule(), { headers: [['x-name', value]] }))).message).toContain(
        '"x-name" cannot be sent',
      )
    for (const name of ['a b', 'a:b', 'a\r\nb', ''])
      expect(await codeOf(line.dial(rule(), { headers: [[name, 'x']] }))).toBe('bad-request')
    expect(provider.requests).toHaveLength(1)
  })

  test('unread response bytes stay at the server', async () => {
    let written = 0
    provider.next(
      behave.custom(async (call) => {
        call.head(200)
        for (; !call.isClosed && written < 100_000_000; written += 65_536)
          await call.push(new Uint8Array(65_536))
      }),
    )
    const { body } = await line.dial(rule())
    let before = -1
    while (before !== written) {
      before = written
      await turns()
    }
    expect(written).toBeLessThan(12_000_000)
    let read = 0
    while (read < 20_000_000) read += (await body.next())?.length ?? 0
    await body.cancel()
    await provider.idle()
  })
})

describe('what two parsers could read in two ways is refused', () => {
  test.each([
    ['a length and chunks', 'content-length: 2\r\ntransfer-encoding: chunked', '2\r\nok\r\n0\r\n\r\n'],
    ['two lengths', 'content-length: 2\r\ncontent-length: 3', 'ok!'],
    ['one length twice', 'content-length: 2\r\nContent-Length: 2', 'ok'],
    ['a list of lengths', 'content-length: 2, 2', 'ok'],
    ['a signed length', 'content-length: +2', 'ok'],
    ['a length in hex', 'content-length: 0x2', 'ok'],
    ['an empty length', 'content-length:', ''],
    ['a length beyond all numbers', 'content-length: 99999999999999999999', 'ok'],
    ['another coding', 'transfer-encoding: gzip, chunked', '2\r\nok\r\n0\r\n\r\n'],
    ['an unknown coding', 'transfer-encoding: xchunked', '2\r\nok\r\n0\r\n\r\n'],
    ['two codings', 'transfer-encoding: chunked\r\ntransfer-encoding: chunked', '2\r\nok\r\n0\r\n\r\n'],
    ['a space before the colon', 'content-length : 2', 'ok'],
    ['a folded line', 'x: a\r\n b\r\ncontent-length: 2', 'ok'],
    ['a bare line feed', 'x: a\ncontent-length: 2', 'ok'],
    ['a bare carriage return', 'x: a\rcontent-length: 2\r\ncontent-length: 1', 'ok'],
    ['a zero byte', 'x: a\0b\r\ncontent-length: 2', 'ok'],
    ['a line without a colon', 'x\r\ncontent-length: 2', 'ok'],
    ['a chunk without a size', 'transfer-encoding: chunked', '\r\nok\r\n0\r\n\r\n'],
    ['a signed chunk size', 'transfer-encoding: chunked', '+2\r\nok\r\n0\r\n\r\n'],
    ['a chunk size with a prefix', 'transfer-encoding: chunked', '0x2\r\nok\r\n0\r\n\r\n'],
    ['a chunk size beyond all numbers', 'transfer-encoding: chunked', 'fffffffffffffffff\r\nok'],
    ['a chunk size ended by a bare line feed', 'transfer-encoding: chunked', '2\nok\r\n0\r\n\r\n'],
    ['a chunk that is longer than its size', 'transfer-encoding: chunked', '2\r\nokay\r\n0\r\n\r\n'],
    ['a chunk without a line end', 'transfer-encoding: chunked', '2\r\nok0\r\n\r\n'],
    ['a line feed in an extension', 'transfer-encoding: chunked', '2;a\nb\r\nok\r\n0\r\n\r\n'],
    ['a zero byte in a trailer', 'transfer-encoding: chunked', '2\r\nok\r\n0\r\na: \0\r\n\r\n'],
    ['an endless extension', 'transfer-encoding: chunked', `2;${'a'.repeat(5_000)}`],
    ['endless trailers', 'transfer-encoding: chunked', `2\r\nok\r\n0\r\n${'a: b\r\n'.repeat(4_000)}`],
  ])('%s', async (_what, fields, body) => {
    provider.next(raw(`HTTP/1.1 200 OK\r\n${fields}\r\n\r\n${body}`))
    const error = await errorOf(line.dial(rule()).then(textOf))
    expect(error.code).toBe('upstream-garbage')
    await provider.idle()
    await warm()
  })

  test.each([
    ['a head without an end', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(70_000)}`],
    ['interim responses without an end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(17)],
    ['a switch of protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n'],
    ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
    [
      'an old version with chunks',
      'HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
    ],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status beyond all', 'HTTP/1.1 600 OK\r\n\r\n'],
    ['lines before the status', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['another protocol, at its first byte', 'S'],
  ])('%s', async (_what, response) => {
    provider.next(raw(response))
    expect(await codeOf(line.dial(rule()))).toBe('upstream-garbage')
    await provider.idle()
  })
})
