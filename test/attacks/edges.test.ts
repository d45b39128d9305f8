// Tests that a path prefix which a front proxy opens leads only to the expected endpoints, and that TLS
// offers forward secrecy.

import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rawCall } from '../faults/raw-client.ts'
import { testerKey, startGateway } from '../journeys/gateway.ts'
import { behave, fakeProvider } from '../upstreams/index.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function started(more = '') {
  const provider = await fakeProvider()
  ends.push(() => provider.close())
  const gatehouse = await startGateway({
    config: `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ fake/fake-model ] }
${more}`,
  })
  ends.push(() => gatehouse.stop())
  return Object.assign(gatehouse, { provider })
}

test('no path that begins with /v1/ leads to the administration, the metrics or another endpoint', async () => {
  const gatehouse = await started()
  const outside = [
    'metrics',
    'healthz',
    'readyz',
    'admin/v1/keys',
    'admin/v1/configuration',
    'v1/models',
    'v1beta/models',
  ]
  const ways = [
    '/v1/../',
    '/v1/%2e%2e/',
    '/v1/.%2e/',
    '/v1/%2E./',
    '/v1/x/../../',
    '/v1/./../',
    '/v1//../../',
    '/v1/models/../../',
    '/v1/models/%2e%2e/%2e%2e/',
    '/v1\\..\\',
    '/v1/\\../',
    '/v1/a\\..\\..\\',
    '/v1/..\\',
    '/v1/..%2f',
    '/v1/%2e%2e%2f',
    '/v1/%2e%2e%5c',
    '/v1/models/..%2f..%2f',
    '/v1/;/../../',
    '/v1/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z/' + '../'.repeat(27),
    '/./',
    '/%2e/',
    '/v1/é/../../',
  ] // prettier-ignore
  for (const way of ways) {
    for (const path of outside) {
      const request = `GET ${way}${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gatehouse.adminKey}\r\nConnection: close\r\n\r\n`
      const { status, text } = await rawCall(gatehouse.url, Buffer.from(request))
      expect([way + path, status >= 400 && status < 500]).toEqual([way + path, true])
      expect(text).not.toContain('gatehouse_exchanges')
    }
  }
}, 30_000)

test('an unreadable Host header does not change where a path leads', async () => {
  const gatehouse = await started()
  for (const host of ['a@b', 'a/metrics?', 'a/admin/v1/keys#', 'a b', 'a\\b', ''])
    for (const path of [
      '/v1/abcd/metrics',
      '/v1/abcd/healthz',
      '/v1/abc/../../metrics',
      '/v1/abcd/admin/v1/keys',
    ]) {
      const { status } = await rawCall(
        gatehouse.url,
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      )
      expect([host, path, status === 404 || status === 400]).toEqual([host, path, true])
    }
  // HTTP/1.0 has no Host
  expect((await rawCall(gatehouse.url, 'GET /healthz HTTP/1.0\r\n\r\n')).status).toBe(200)
})

test('names with slashes, encoded or not, are accepted in paths', async () => {
  const gatehouse = await started()
  for (const path of [
    '/v1/models/fast',
    '/v1/models/fake%2Ffake-model',
    '/v1/models/fake/fake-model',
    '/v1/models/fake/..a/b..',
    '/v1/models/a/.b/c',
  ]) {
    const { status, text } = await rawCall(
      gatehouse.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${testerKey}\r\nConnection: close\r\n\r\n`,
    )
    expect([path, status === 200 || text.includes('model')]).toEqual([path, true])
    expect(text).not.toContain('normal form')
  }
})

test('metrics with their own address are served at no other address', async () => {
  const gatehouse = await started('metrics: { listen: 127.0.0.1:0 }')
  const url = /metrics: (\S+)/.exec(gatehouse.printed.join('\n'))?.[1] ?? ''
  expect(await (await fetch(url)).text()).toContain('gatehouse_exchanges_in_flight')
  expect((await fetch(`${gatehouse.url}/metrics`)).status).toBe(404)
  const { origin } = new URL(url)
  for (const path of ['/admin/v1/keys', '/v1/models', '/v1/../admin/v1/keys']) {
    const request = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${gatehouse.adminKey}\r\nConnection: close\r\n\r\n`
    expect((await rawCall(origin, request)).status).toBeGreaterThanOrEqual(400)
  }
  expect((await fetch(`${origin}/healthz`)).status).toBe(200)
})

test.each([600, 700, 999])(
  'a provider that responds with status %i is recorded as the cause of the failure',
  async (status) => {
    const gatehouse = await started()
    gatehouse.provider.always(behave.raw(`HTTP/1.1 ${status} Odd\r\ncontent-length: 2\r\n\r\n{}`))
    const response = await gatehouse.chat({ model: 'fast', messages: [{ role: 'user', content: 'Hi' }] })
    expect(response.status).toBe(502)
    expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      code: 'upstream-garbage',
      outcome: 'failed',
    })
  },
)

test('TLS offers forward secrecy only', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'))
  ends.push(() => rmSync(folder, { recursive: true }))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  Bun.spawnSync(
    `openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout ${key} -out ${cert}`.split(
      ' ',
    ),
  )
  const { url } = await started(`tls: { cert: "${cert}", key: "${key}" }`)
  const agreed = async (...offer: string[]) => {
    const child = Bun.spawn(['openssl', 's_client', '-connect', new URL(url).host, ...offer], {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'ignore',
    })
    return /Cipher is (\S+)/.exec(await new Response(child.stdout).text())?.[1]
  }
  expect(await agreed('-tls1_3')).toStartWith('TLS_')
  expect(await agreed('-tls1_2')).toStartWith('ECDHE-')
  expect(await agreed('-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256')).toBe(
    'ECDHE-RSA-AES128-GCM-SHA256',
  )
  for (const cipher of [
    'AES128-SHA',
    'AES256-SHA',
    'AES128-GCM-SHA256',
    'AES256-GCM-SHA384',
    'ECDHE-RSA-AES128-SHA',
  ])
    expect([cipher, await agreed('-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`)]).toEqual([cipher, '(NONE)'])
}, 30_000)
