// The gateway in a network: TLS, proxies, browsers, a separate port for the admin API, and its health and
// metrics.

import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { said, scenes } from '../journeys/scene.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { adminKey, eventually, readAll } from './process.ts'

const { provider: newProvider, start } = scenes()

const configFor = (provider: FakeProvider, more = '') => `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
${more}`
const request = { model: 'fast', max_tokens: 50, messages: said('Hi') }

test('with a certificate, calls and streams use TLS, and plain HTTP gets no response', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-tls-'))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const made = Bun.spawnSync(
    `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(
      ' ',
    ),
  )
  expect(made.exitCode, made.stderr.toString()).toBe(0)
  try {
    const { gatehouse } = await start({
      config: configFor(await newProvider(), `tls: { cert: "${cert}", key: "${key}" }`),
    })
    expect(gatehouse.url).toStartWith('https://')
    const call = (body: object) =>
      fetch(`${gatehouse.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${gatehouse.key}` },
        body: JSON.stringify(body),
        tls: { ca: Bun.file(cert) },
      })
    expect((await call(request)).status).toBe(200)
    expect((await readAll(await call({ ...request, stream: true }))).text).toEndWith('data: [DONE]\n\n')
    // a client that does not trust the certificate sends nothing; a client without TLS gets no response
    expect(
      await fetch(`${gatehouse.url}/healthz`).then(
        () => 'answered',
        (thrown: { code?: string }) => thrown.code,
      ),
    ).toContain('CERT')
    expect(
      await fetch(`${gatehouse.url.replace('https', 'http')}/healthz`).then(
        ({ status }) => status === 200,
        () => false,
      ),
    ).toBe(false)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a caller’s address is what a trusted proxy reports, read from the right; reports of other senders are ignored', async () => {
  const address = async (trustedProxies: string, forwarded: string) => {
    const { gatehouse } = await start({ config: configFor(await newProvider(), trustedProxies) })
    const response = await gatehouse.chat(request, { headers: { 'x-forwarded-for': forwarded } })
    return (await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).address
  }
  const trusted = 'trustedProxies: [ 127.0.0.0/8, 10.0.0.0/8 ]'
  expect(await address(trusted, '203.0.113.9')).toBe('203.0.113.9')
  // the caller itself wrote the left part
  expect(await address(trusted, '8.8.8.8, 203.0.113.9, 10.1.2.3')).toBe('203.0.113.9')
  expect(await address(trusted, '203.0.113.9, nonsense, 10.1.2.3')).toBe('127.0.0.1')
  expect(await address('trustedProxies: [ 10.0.0.0/8 ]', '203.0.113.9')).toBe('127.0.0.1')
  expect(await address('', '203.0.113.9')).toBe('127.0.0.1')
})

test('browsers of listed origins may call; others get no permission', async () => {
  const { gatehouse } = await start({
    config: configFor(await newProvider(), 'cors: { origins: [ "https://app.example" ] }'),
  })
  const url = `${gatehouse.url}/v1/chat/completions`
  const preflight = (origin: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-stainless-os',
      },
    })
  const allowed = await preflight('https://app.example')
  expect(allowed.status).toBe(204)
  expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example')
  expect(allowed.headers.get('access-control-allow-headers')).toContain('x-stainless-os')
  expect(allowed.headers.get('access-control-allow-methods')).toContain('POST')
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()

  const call = (origin: string, key: string, more: object = {}) =>
    gatehouse.chat({ ...request, ...more }, { headers: { origin }, key })
  for (const [key, more] of [
    [gatehouse.key, {}],
    [gatehouse.key, { stream: true }],
    ['gh_nobody', {}],
  ] as const) {
    const response = await call('https://app.example', key, more)
    await response.text()
    // a page must be able to read refusals as well
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(response.headers.get('access-control-expose-headers')).toContain('x-gatehouse-exchange')
    expect(response.headers.get('vary')?.toLowerCase()).toContain('origin')
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
  }
  expect(
    (await call('https://evil.example', gatehouse.key)).headers.get('access-control-allow-origin'),
  ).toBeNull()
  // a page of a listed origin can use traffic endpoints, not the admin API
  const admin = await fetch(`${gatehouse.url}/admin/v1/keys`, {
    headers: { origin: 'https://app.example', authorization: `Bearer ${adminKey}` },
  })
  expect(admin.headers.get('access-control-allow-origin')).toBeNull()
})

test('an admin API with a separate port is not reachable through the other, and carries no traffic', async () => {
  const { gatehouse } = await start({ config: configFor(await newProvider()), adminListen: '127.0.0.1:0' })
  const { body } = await gatehouse.admin('/configuration')
  expect(body).toHaveProperty('version')
  const adminUrl = gatehouse.adminUrl
  expect(adminUrl).not.toBe(gatehouse.url)
  const admin = { authorization: `Bearer ${adminKey}` }
  expect((await fetch(`${adminUrl}/admin/v1/keys`, { headers: admin })).status).toBe(200)
  expect((await fetch(`${gatehouse.url}/admin/v1/keys`, { headers: admin })).status).toBe(404)
  expect((await gatehouse.chat(request)).status).toBe(200)
  for (const path of ['/v1/chat/completions', '/v1/models'])
    expect(
      (await fetch(`${adminUrl}${path}`, { headers: { authorization: `Bearer ${gatehouse.key}` } })).status,
    ).toBe(404)
  for (const url of [gatehouse.url, adminUrl])
    for (const path of ['/healthz', '/readyz', '/metrics']) expect((await fetch(url + path)).status).toBe(200)
})

test('the metrics are Prometheus text, and add up to the records', async () => {
  const provider = await newProvider()
  const { gatehouse } = await start({ config: configFor(provider) })
  for (let call = 0; call < 3; call += 1) await (await gatehouse.chat(request)).text()
  await readAll(await gatehouse.chat({ ...request, stream: true, stream_options: { include_usage: true } }))
  await gatehouse.chat({ ...request, model: 'nothing' })
  provider.next(behave.error(400, { message: 'no' }))
  await (await gatehouse.chat(request)).text()
  provider.next(behave.sseThenCut(chat.stream(['Hel', 'lo']), 0.7))
  await readAll(await gatehouse.chat({ ...request, stream: true }))
  for (let call = 0; call < 4; call += 1) await gatehouse.chat(request, { key: 'gh_nobody' })
  const records = (await gatehouse.records(7)).filter(({ key }) => key !== undefined)

  const samples = parsed(await (await fetch(`${gatehouse.url}/metrics`)).text())
  const sum = (name: string, labels: Record<string, string> = {}) =>
    samples
      .filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      )
      .reduce((total, { value }) => total + value, 0)
  expect(sum('gatehouse_exchanges_total')).toBe(records.length)
  for (const outcome of ['ok', 'refused', 'failed'])
    expect(sum('gatehouse_exchanges_total', { outcome })).toBe(
      records.filter((record) => record.outcome === outcome).length,
    )
  expect(sum('gatehouse_input_tokens_total')).toBe(
    records.reduce((total, { usage }) => total + (usage?.inputTokens ?? 0), 0),
  )
  expect(sum('gatehouse_output_tokens_total')).toBe(
    records.reduce((total, { usage }) => total + (usage?.outputTokens ?? 0), 0),
  )
  expect(Math.round(sum('gatehouse_cost_usd_total') * 1e9)).toBe(
    Number(records.reduce((total, { costNano = '0' }) => total + BigInt(costNano), 0n)),
  )
  expect(sum('gatehouse_refusals_total', { code: 'bad-key' })).toBe(4)
  expect(sum('gatehouse_exchange_seconds_count')).toBe(records.length)
  expect(sum('gatehouse_exchange_seconds_bucket', { le: '+Inf' })).toBe(records.length)
  expect(sum('gatehouse_exchanges_in_flight')).toBe(0)
})

test('health and readiness distinguish a live process from one that should get calls', async () => {
  const { gatehouse } = await start({ config: configFor(await newProvider()) })
  expect(await (await fetch(`${gatehouse.url}/healthz`)).text()).toBe('ok\n')
  const ready = await fetch(`${gatehouse.url}/readyz`)
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [], warnings: [] }])
  expect((await fetch(`${gatehouse.url}/healthz`, { method: 'POST' })).status).toBe(404)
  await eventually(
    'HEAD is answered too',
    async () => (await fetch(`${gatehouse.url}/healthz`, { method: 'HEAD' })).status === 200,
  )
})

interface Parsed {
  name: string
  labels: Record<string, string>
  value: number
}

/**
 * Reads the text format 0.0.4 strictly: each line is a known comment or a sample of an announced family, and
 * each series occurs once.
 */
function parsed(text: string): Parsed[] {
  const samples: Parsed[] = []
  const families = new Map<string, string>()
  const seen = new Set<string>()
  expect(text).toEndWith('\n')
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line)
    if (comment) {
      if (comment[1] === 'TYPE') families.set(comment[2] ?? '', comment[3] ?? '')
      continue
    }
    const [, name = '', inner = '', number = ''] =
      /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (\S+)$/.exec(line) ?? []
    const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
    if (!family || Number.isNaN(Number(number)) || inner.endsWith(','))
      throw new Error(`no line of the format: ${line}`)
    if (seen.has(`${name}{${inner}}`)) throw new Error(`twice: ${line}`)
    seen.add(`${name}{${inner}}`)
    samples.push({
      name,
      labels: Object.fromEntries(
        [...inner.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map((match) => [
          match[1] ?? '',
          match[2] ?? '',
        ]),
      ),
      value: Number(number),
    })
  }
  return samples
}
