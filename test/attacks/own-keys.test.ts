// A Gatehouse key never goes upstream, in any header, query or encoding, also together with the caller's own
// credential.

import { expect, test } from 'bun:test'
import { scenes } from '../journeys/scene.ts'

const { provider: newProvider, start } = scenes('file')

const fake = await newProvider()
const { gatehouse } = await start({
  config: `providers:
  own: { kind: openai-compatible, url: "${fake.url}", credential: { kind: caller } }
  named: { kind: openai-compatible, url: "${fake.url}", credential: { kind: caller, from: x-mine, header: x-api-key } }
  ours: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }`,
})
const { key } = gatehouse

const chatBody = (provider: string) =>
  JSON.stringify({ model: `${provider}/m`, max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] })

type Sending = (provider: string, headers: Record<string, string>) => Promise<Response>
const post = (path: string, body: string, headers: Record<string, string>) =>
  fetch(gatehouse.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  })
const google = JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] })

/** Every way to send the Gatehouse key. */
const ways: Record<string, Sending> = {
  'as a bearer': (provider, headers) =>
    post('/v1/chat/completions', chatBody(provider), { authorization: `Bearer ${key}`, ...headers }),
  'as x-api-key': (provider, headers) =>
    post('/v1/messages', chatBody(provider), { 'x-api-key': key, ...headers }),
  'as x-goog-api-key': (provider, headers) =>
    post(`/v1beta/models/${provider}%2Fm:generateContent`, google, { 'x-goog-api-key': key, ...headers }),
  'in the query': (provider, headers) =>
    post(`/v1beta/models/${provider}%2Fm:generateContent?key=${key}`, google, headers),
}

/** Every way to send it in the place of the caller's own credential. */
const pasted: Record<string, string> = {
  alone: key,
  'as a bearer': `Bearer ${key}`,
  'in quotes': `"${key}"`,
  'before a comma': `${key},`,
  'in a list': `sk-mine, ${key}`,
  'between words': `x ${key} y`,
  'glued to words': `x${key}y`,
  'percent-encoded': encodeURIComponent(key).replace('gh_', '%67h%5F'),
  'as basic credentials': `Basic ${Buffer.from(`user:${key}`).toString('base64')}`,
}

const spellings = [
  key,
  Buffer.from(`user:${key}`).toString('base64'),
  encodeURIComponent(key).replace('gh_', '%67h%5F'),
]

let seen = 0

function expectNothingOfOurs() {
  for (const { rawHeaders, path } of fake.requests.slice(seen))
    for (const spelling of spellings) expect(JSON.stringify([rawHeaders, path])).not.toContain(spelling)
  seen = fake.requests.length
}

test.each(Object.entries(ways))(
  "the caller's own credential goes upstream and the Gatehouse key, sent %s, does not",
  async (_, send) => {
    expect((await send('own', { 'x-gatehouse-upstream-key': 'sk-mine' })).status).toBe(200)
    expect(fake.requests.at(-1)?.headers['authorization']).toBe('Bearer sk-mine')
    expectNothingOfOurs()
  },
)

test.each(Object.keys(ways).flatMap((way) => Object.keys(pasted).map((form) => [way, form] as const)))(
  'a Gatehouse key that is sent %s, and %s in the place of the own credential, is refused',
  async (way, form) => {
    for (const [provider, header] of [
      ['own', 'x-gatehouse-upstream-key'],
      ['named', 'x-mine'],
    ] as const) {
      const response = await ways[way]?.(provider, { [header]: pasted[form] ?? '' })
      expect(response?.status).toBe(502)
      expect(await response?.text()).toContain(header)
    }
    expectNothingOfOurs()
  },
)

test('a Gatehouse key does not go upstream in forwarded headers or with our own credential', async () => {
  const everywhere = Object.fromEntries(
    [
      'cookie',
      'api-key',
      'x-goog-api-key',
      'proxy-authorization',
      'openai-organization',
      'openai-project',
      'x-custom',
    ].map((name) => [name, key]),
  )
  for (const send of [ways['as a bearer'], ways['as x-api-key'], ways['in the query']]) {
    await send?.('own', { 'x-gatehouse-upstream-key': 'sk-mine', ...everywhere })
    await send?.('ours', { 'x-gatehouse-upstream-key': key, ...everywhere })
  }
  expect(fake.requests.length - seen).toBe(6)
  expectNothingOfOurs()
})
