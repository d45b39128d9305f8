// TLS and the proxies of the environment.

import { connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { behave, fakeProvider, type FakeProvider, testCertificate } from './index.ts'
import { Pools } from '../../src/upstream/http/pool.ts'
import { codeOf, dialling, errorOf, providerRule, textOf } from './dialling.ts'

let provider: FakeProvider
let plain: FakeProvider
let proxy: Proxy
beforeEach(async () => {
  provider = await fakeProvider({ tls: testCertificate })
  plain = await fakeProvider()
  proxy = await fakeProxy()
})
afterEach(async () => {
  proxy.close()
  await Promise.all([provider.close(), plain.close()])
})

interface Proxy {
  port: number
  /** First lines and logins of the received requests. */
  asked: string[]
  /** The response in place of a tunnel. */
  answer: string | undefined
  close(): void
}

/** Opens tunnels to this machine, whatever the name. */
async function fakeProxy(): Promise<Proxy> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.once('data', (head: Buffer) => serve(socket, head.toString('latin1')))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const proxied: Proxy = {
    port: typeof address === 'object' && address ? address.port : 0,
    asked: [],
    answer: undefined,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }

  function serve(socket: Socket, head: string) {
    proxied.asked.push(
      `${head.slice(0, head.indexOf(' HTTP'))} ${/^proxy-authorization: (.*)\r$/im.exec(head)?.[1] ?? ''}`.trim(),
    )
    const response =
      proxied.answer ??
      (head.startsWith('CONNECT') ? undefined : 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nasked')
    if (response === undefined) tunnel(socket, Number(/:(\d+) HTTP/.exec(head)?.[1]))
    else socket.end(response)
  }
  return proxied
}

function tunnel(socket: Socket, port: number) {
  const target = connect(port, '127.0.0.1', () => {
    // in two pieces, as a response may arrive
    socket.write('HTTP/1.1 200 Conn')
    setImmediate(() => {
      socket.write('ection established\r\nx: y\r\n\r\n')
      socket.pipe(target).pipe(socket)
    })
  })
  target.on('error', () => socket.destroy())
  socket.on('close', () => target.destroy())
}

const trusting = (environment: Record<string, string> = {}) =>
  dialling({ authorities: testCertificate.cert, environment })
const secureRule = (host = 'localhost') => providerRule(`https://${host}:${provider.port}/v1`)

describe('TLS', () => {
  test('large bodies pass completely in both directions over one TLS connection', async () => {
    const line = trusting()
    const body = Uint8Array.from({ length: 3_000_000 }, (_, at) => (at * 13) % 251)
    const response = 'é'.repeat(2_000_000)
    provider.always(behave.text(response, 'text/plain'))
    for (let call = 0; call < 2; call += 1)
      expect(await textOf(await line.dial(secureRule(), { body }))).toBe(response)
    expect(Bun.hash(provider.requests[1]?.body ?? '')).toBe(Bun.hash(body))
    provider.next(behave.sse(response, { cuts: { every: 10_007 } }))
    expect(await textOf(await line.dial(secureRule()))).toBe(response)
    expect(provider.connections).toBe(1)
    line.upstream.close()
    await provider.idle()
  })

  test('an address without a name is checked as an address', async () => {
    expect((await errorOf(trusting().dial(secureRule('127.0.0.1')))).message).toContain(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
    expect(provider.requests).toHaveLength(0)
  })

  test('a server that is silent in the TLS handshake reaches the connect timeout, and nothing was sent', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const accepted = once(silent, 'connection')
    const address = silent.address()
    const line = trusting()
    let sent = 0
    const outcome = errorOf(
      line.dial(
        providerRule(`https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`),
        { onSent: () => void (sent += 1) },
      ),
    )
    const [socket] = (await accepted) as [Socket]
    const closed = once(socket.resume(), 'close')
    line.clock.advance(10_000)
    expect((await outcome).message).toContain('did not accept a connection within 10000 ms')
    await closed
    expect(sent).toBe(0)
    silent.close()
  })

  test('an aborted call closes its connection in the TLS handshake', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const accepted = once(silent, 'connection')
    const address = silent.address()
    const client = new AbortController()
    const outcome = codeOf(
      trusting().dial(
        providerRule(`https://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`),
        { signal: client.signal },
      ),
    )
    const [socket] = (await accepted) as [Socket]
    const closed = once(socket.resume(), 'close')
    client.abort()
    expect(await outcome).toBe('client-gone')
    await closed
    silent.close()
  })
})

describe('a proxy', () => {
  const url = (login = '') => `http://${login}127.0.0.1:${proxy.port}`

  test('a proxy tunnels https: the certificate is the provider’s own, and the connection is kept', async () => {
    const line = trusting({ HTTPS_PROXY: url('us%40er:pass@') })
    for (let call = 0; call < 2; call += 1)
      expect((await (await line.dial(secureRule())).bytes(10_000)).length).toBeGreaterThan(100)
    expect(proxy.asked).toEqual([`CONNECT localhost:${provider.port} Basic ${btoa('us@er:pass')}`])
    expect(JSON.stringify(provider.requests.map(({ rawHeaders }) => rawHeaders))).not.toContain('proxy-')
    expect((await errorOf(line.dial(secureRule('other.test')))).message).toContain(
      'ERR_TLS_CERT_ALTNAME_INVALID',
    )
    line.upstream.close()
    await provider.idle()
  })

  test('a proxy tunnels to the checked address of a pinned provider', async () => {
    const line = dialling({
      authorities: testCertificate.cert,
      environment: { https_proxy: url() },
      resolve: async () => ['198.51.100.7', '1.1.1.1'],
    })
    expect(
      await codeOf(
        line.dial(providerRule(`https://provider.test:${provider.port}/v1`, { allowsPrivateAddress: false })),
      ),
    ).toBe('upstream-unreachable')
    const open = dialling({
      authorities: testCertificate.cert,
      environment: { https_proxy: url() },
      resolve: async () => ['1.1.1.1'],
    })
    await (
      await open.dial(
        providerRule(`https://provider.test:${provider.port}/v1`, { allowsPrivateAddress: false }),
      )
    ).bytes(10_000)
    expect(proxy.asked).toEqual([`CONNECT 1.1.1.1:${provider.port}`])
    open.upstream.close()
  })

  test('a proxy gets http requests with the whole URL and its own login', async () => {
    const line = trusting({ http_proxy: url('u:p@') })
    expect(await textOf(await line.dial(providerRule('http://llm.example:8080/v1')))).toBe('asked')
    expect(proxy.asked).toEqual([`POST http://llm.example:8080/v1/chat/completions Basic ${btoa('u:p')}`])
  })

  test('a proxy that refuses or sends an invalid response is named in the error; nothing was sent', async () => {
    const line = trusting({ ALL_PROXY: url() })
    let sent = 0
    for (const [answer, code] of [
      ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', 'PROXY_407'],
      ['HTTP/1.1 200 OK\r\n\r\nand more', 'unasked-bytes'],
      ['SSH-2.0\r\n\r\n', 'status-line'],
      ['', 'ECONNRESET'],
    ] as const) {
      proxy.answer = answer
      const error = await errorOf(line.dial(secureRule(), { onSent: () => void (sent += 1) }))
      expect([error.code, error.message]).toEqual([
        'upstream-unreachable',
        expect.stringContaining(`(${code})`),
      ])
    }
    expect(sent).toBe(0)
  })

  test.each(['localhost', '*', 'example.com, localhost', '.localhost', 'LOCALHOST'])(
    'the proxy is not used for NO_PROXY=%s',
    async (list) => {
      const line = trusting({ HTTPS_PROXY: url(), NO_PROXY: list })
      await (await line.dial(secureRule())).bytes(10_000)
      expect(proxy.asked).toEqual([])
      line.upstream.close()
    },
  )

  test.each(['host', 'localhost:1', 'notlocalhost', ''])('is not passed by for NO_PROXY=%s', async (list) => {
    const line = trusting({ HTTPS_PROXY: url(), NO_PROXY: list })
    await (await line.dial(secureRule())).bytes(10_000)
    expect(proxy.asked).toHaveLength(1)
    line.upstream.close()
  })

  test('an unsupported kind of proxy is refused by the name of its variable, without its password', async () => {
    for (const [name, value] of [
      ['ALL_PROXY', 'socks5://u:planted@127.0.0.1:1'],
      ['https_proxy', 'https://u:planted@127.0.0.1:1'],
    ] as const) {
      const error = await errorOf(trusting({ [name]: value }).dial(secureRule()))
      expect([error.code, error.message]).toEqual([
        'upstream-unreachable',
        expect.stringContaining(`The proxy of ${name} cannot be used`),
      ])
      expect(Bun.inspect(error)).not.toContain('planted')
    }
  })
})

test('an unreachable address costs a moment, not the connect timeout', async () => {
  const { clock } = dialling()
  // 240.0.0.0/4 has no route; whether the kernel refuses or drops it, the next address is tried
  const pool = new Pools({ clock, authorities: undefined }).of({
    isSecure: false,
    host: 'x.test',
    port: plain.port,
    isPinned: true,
    proxy: undefined,
  })
  const connected = Promise.withResolvers<boolean>()
  pool.open(['240.0.0.1', '127.0.0.1'], {
    connected(connection) {
      connected.resolve(connection.isOpen)
      connection.destroy()
    },
    notConnected: (error) => connected.reject(error),
  })
  clock.advance(300)
  expect(await connected.promise).toBe(true)
})
