// Names that callers invent and headers that providers send must not break the gateway, leak data or fill the
// memory.

import { expect, test } from 'bun:test'
import { scenes } from '../journeys/scene.ts'
import { behave, chat } from '../upstreams/index.ts'

const { provider: newProvider, start } = scenes('file')

const fake = await newProvider()
const { gatehouse } = await start({
  config: `providers:
  fake: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }
teams:
  testers: { allow: { models: [ "*", "*/*" ] }, deny: { models: [ fake/dear-model ] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  a: { team: testers, secret: "\${A_KEY}" }
  "a:b": { team: testers, secret: "\${B_KEY}" }
cors: { origins: [ "https://app.example" ] }`,
  env: { A_KEY: 'gh_key-of-a-0123456789', B_KEY: 'gh_key-of-b-0123456789' },
})

const ask = (body: object, init: Parameters<typeof gatehouse.chat>[1] = {}) =>
  gatehouse.chat({ model: 'fake/fake-model', messages: [{ role: 'user', content: 'hello' }], ...body }, init)
const metrics = async () => (await fetch(`${gatehouse.url}/metrics`)).text()

test.each([true, false])(
  'a model name in another script gets a response, and nothing stays open (stream: %p)',
  async (stream) => {
    for (let turn = 0; turn < 3; turn += 1) {
      const response = await ask({ model: 'fake/模型', stream })
      expect(response.status).toBe(200)
      expect(response.headers.get('x-gatehouse-target')).toBe('fake/%E6%A8%A1%E5%9E%8B')
      await response.text()
    }
    expect(await metrics()).toContain('gatehouse_exchanges_in_flight 0\n')
  },
)

test.each(['fake/a\r\nset-cookie: x=1', 'fake/a b', 'fake/\u0000', 'fake/fake-model\u200b', 'fake/\ud800'])(
  'a model name with blanks or invisible characters is unknown: %j',
  async (model) => {
    const before = fake.requests.length
    const response = await ask({ model })
    expect(response.status).toBe(404)
    expect(response.headers.get('set-cookie')).toBeNull()
    expect(fake.requests.length).toBe(before)
  },
)

test.each(['fake/dear-model', 'fake/Dear-Model', 'fake/DEAR-MODEL', 'fake/dear-model '])(
  'a denied model stays denied however it is spelled: %j',
  async (model) => {
    expect((await ask({ model })).status).toBe(404)
  },
)

test('models other than the authorized one are refused before any provider is called', async () => {
  const before = fake.requests.length
  const response = await ask({ models: ['fake/dear-model'] })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { code: 'unsupported', param: 'models' } })
  expect(fake.requests.length).toBe(before)
})

test('a key cannot reach the runs of another key by sending their names', async () => {
  const run = async (key: string, sent: string) =>
    (await ask({}, { key, headers: { 'x-gatehouse-run': sent } })).headers.get('x-gatehouse-run')
  const theirs = await run('gh_key-of-b-0123456789', 'x')
  expect(await run('gh_key-of-a-0123456789', 'b:x')).not.toBe(theirs)
  expect(await run('gh_key-of-a-0123456789', theirs ?? '')).not.toBe(theirs)
  expect(await run('gh_key-of-b-0123456789', theirs ?? '')).toBe(theirs)
})

test('text in a model name or run name does not become content of a record', async () => {
  const words = 'Ann Smith, card 4111 1111 1111 1111'
  await ask({ model: words })
  const run = (await ask({}, { headers: { 'x-gatehouse-run': words } })).headers.get('x-gatehouse-run')
  const again = (await ask({}, { headers: { 'x-gatehouse-run': words } })).headers.get('x-gatehouse-run')
  expect(run).toMatch(/^tester:hash_[0-9a-f]{32}$/)
  expect(again).toBe(run)
  const refused = await gatehouse.find(
    (record) => record.code === 'unknown-model' && record.resource.name.startsWith('Ann'),
  )
  expect(refused.resource.name).toBe('Ann?Smith??card?4111?1111?1111?1111')
})

test('a provider cannot set headers of the gateway, its site or the proxy in front', async () => {
  const headers = {
    'x-accel-redirect': '/internal',
    'x-sendfile': '/etc/passwd',
    location: 'https://evil.example',
    refresh: '0;url=https://evil.example',
    link: '<https://evil.example>; rel=preload',
    'set-cookie': 'a=b',
    'access-control-allow-headers': '*',
    'x-gatehouse-target': 'spoofed',
    'x-harmless': 'is on no list',
    'x-request-id': 'req_1',
  }
  fake.next(behave.json(chat.completion('x'), { headers }))
  const response = await ask({})
  const sent = Object.keys(headers).filter((name) => response.headers.has(name))
  expect(sent).toEqual(['x-gatehouse-target', 'x-request-id'])
  expect(response.headers.get('x-gatehouse-target')).toBe('fake/fake-model')
})

test('invented models fill neither the metrics nor the memory of targets', async () => {
  for (let from = 0; from < 600; from += 50) {
    await Promise.all(
      Array.from({ length: 50 }, async (_, index) =>
        (await ask({ model: `fake/invented-${from + index}` })).text(),
      ),
    )
  }
  const text = await metrics()
  expect(text).not.toContain('invented')
  const lines = text.split('\n').filter((line) => line.startsWith('gatehouse_exchanges_total'))
  expect(lines.length).toBeLessThan(20)
  expect(lines.some((line) => line.includes('target="fake/(other)"'))).toBe(true)
})

test('a page of another origin cannot call the admin API', async () => {
  const response = await fetch(`${gatehouse.url}/admin/v1/keys`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  })
  expect(response.status).toBe(401)
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})

test.each(['via', 'x-forwarded-host', 'cf-connecting-ip', 'x-real-ip', 'forwarded', 'x-forwarded-for'])(
  'a key for this machine only does not open through a proxy that says %s',
  async (header) => {
    const id = `local-${header}`
    const made = await gatehouse.admin('/keys', {
      method: 'POST',
      body: JSON.stringify({ id, team: 'testers', loopbackOnly: true }),
    })
    const { secret } = made.body as { secret: string }
    expect((await ask({}, { key: secret })).status).toBe(200)
    expect((await ask({}, { key: secret, headers: { [header]: '127.0.0.1' } })).status).toBe(401)
  },
)
