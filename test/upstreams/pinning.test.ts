import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { Pools } from '../../src/upstream/http/pool.ts'
import { createOrigin } from '../../src/upstream/origin.ts'
import { createEventMemory } from '../../src/upstream/event-memory.ts'
import { send } from '../../src/upstream/send.ts'
import { codeOf, errorOf, textOf } from './dialling.ts'
import { behave, closedPort, fakeProvider, type FakeProvider, testCertificate } from './index.ts'

let provider: FakeProvider
let pools: Pools
beforeEach(async () => {
  provider = await fakeProvider({ tls: testCertificate })
  provider.always(behave.text('ok', 'text/plain'))
  pools = new Pools({ clock: createFakeClock(), authorities: testCertificate.cert })
})
afterEach(async () => {
  pools.close()
  await provider.close()
})

/** Loopback represents a public address here: pinned, although private addresses are allowed. */
function call(url: string, addresses: readonly string[] = ['127.0.0.1'], isPinned = true) {
  const clock = createFakeClock()
  const asked: string[] = []
  const resolve = async (host: string) => {
    asked.push(host)
    return addresses
  }
  const place = createOrigin(
    { name: 'provider "x"', url, allowsPrivateAddress: true, isPinned },
    { clock, resolve, pools, environment: {} },
  )
  const timeouts = { connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 }
  const { signal } = new AbortController()
  const headers = { host: place.host }
  return send(
    { origin: place, method: 'POST', path: '/v1/x', headers, body: 'b', timeouts, signal },
    { clock, memory: createEventMemory() },
  )
}

describe('a pinned origin', () => {
  test('a pinned origin is dialed at the checked address, with its name for SNI and the certificate check', async () => {
    expect(await textOf(await call(`https://provider.test:${provider.port}/`))).toBe('ok')
    expect((await provider.received(1)).headers.host).toBe(`provider.test:${provider.port}`)
  })

  test('a pinned origin refuses a certificate of another name', async () => {
    const error = await errorOf(call(`https://other.test:${provider.port}/`))
    expect(error.code).toBe('upstream-unreachable')
    expect(error.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID')
    expect(provider.requests).toHaveLength(0)
  })

  test('a pinned origin does not share a connection that was opened for another name at the same address', async () => {
    expect(await textOf(await call(`https://provider.test:${provider.port}/`))).toBe('ok')
    expect(await codeOf(call(`https://other.test:${provider.port}/`))).toBe('upstream-unreachable')
    expect(provider.requests).toHaveLength(1)
  })

  test('a pinned origin keeps its connections', async () => {
    for (let i = 0; i < 3; i += 1) await textOf(await call(`https://provider.test:${provider.port}/`))
    expect(provider.connections).toBe(1)
  })

  test('a pinned origin does not trust certificates that the system does not trust', async () => {
    pools.close()
    pools = new Pools({ clock: createFakeClock(), authorities: undefined })
    const error = await errorOf(call(`https://provider.test:${provider.port}/`))
    expect(error.message).toContain('DEPTH_ZERO_SELF_SIGNED_CERT')
  })

  test('a pinned origin is reached at its next address if the first refuses, and the request is sent once', async () => {
    const plain = await fakeProvider()
    plain.always(behave.text('ok', 'text/plain'))
    expect(await textOf(await call(`http://provider.test:${plain.port}/`, ['127.0.0.2', '127.0.0.1']))).toBe(
      'ok',
    )
    expect(plain.requests).toHaveLength(1)
    await plain.close()
  })

  test('a pinned origin is not tried at its next address once something may have been sent', async () => {
    provider.next(behave.resetAtOnce())
    expect(await codeOf(call(`https://provider.test:${provider.port}/`, ['127.0.0.1', '127.0.0.1']))).toBe(
      'upstream-cut',
    )
    expect(provider.requests).toHaveLength(1)
  })

  test('a pinned origin is unreachable if no address accepts connections', async () => {
    const { port } = new URL(await closedPort())
    expect(await codeOf(call(`http://provider.test:${port}/`, ['127.0.0.1', '127.0.0.2']))).toBe(
      'upstream-unreachable',
    )
  })
})

test('Bun itself resolves an origin that is not pinned', async () => {
  expect(await textOf(await call(`https://localhost:${provider.port}/`, ['127.0.0.1'], false))).toBe('ok')
})

test('a plain server with an https URL is unreachable', async () => {
  const plain = await fakeProvider()
  plain.always(behave.garbage())
  const outcome = call(`https://provider.test:${plain.port}/`)
  // A TLS greeting is not an HTTP request: the plain server would wait for its end.
  while (plain.openSockets === 0) await new Promise((resolve) => setImmediate(resolve))
  plain.dropConnections()
  expect(await codeOf(outcome)).toBe('upstream-unreachable')
  await plain.close()
})
