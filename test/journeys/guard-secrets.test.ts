// Credentials in a request do not reach a vendor. A credential that a model repeats does not reach the
// client, however its stream is cut.

import { expect, test } from 'bun:test'
import { behave, chat } from '../upstreams/index.ts'
import { said, scenes } from './scene.ts'

const { provider: newProvider, start } = scenes('file')

const fake = await newProvider()
const { gatehouse, client, sent } = await start({
  config: `providers:
  fake: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: free } ], retry: { attempts: 1 } }
guards:
  keys: { kind: secrets, action: redact }
policies:
  no-private-keys: { on: [request], when: 'content.has("secrets/private-key")', then: { deny: "Private keys stay here." } }`,
})

const token = `ghp_${'aB3dE5gH7'.repeat(4)}`
const pem = `-----BEGIN EC PRIVATE KEY-----\n${'aB3dE5gH7jK9mN1pQ2rS4tU6'.repeat(3)}\n-----END EC PRIVATE KEY-----`

test('a token in a request is masked before it is sent, and counted on the record', async () => {
  const { response } = await client()
    .chat.completions.create({ model: 'fast', messages: said(`push with ${token} please`) })
    .withResponse()
  expect(sent(fake).at(-1)).toMatchObject({ messages: said('push with [github] please') })
  const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  expect(record.findings?.request).toEqual({ 'secrets/github': 1 })
  expect(JSON.stringify(record)).not.toContain(token)
})

test('a policy can refuse a request by the label of a credential’s kind', async () => {
  const response = await gatehouse.chat({ model: 'fast', messages: said(pem) })
  expect({ status: response.status, body: await response.text() }).toEqual({
    status: 403,
    body: expect.stringContaining('Private keys stay here.'),
  })
})

test('a stream that is cut at each character releases neither a token nor a private key', async () => {
  fake.always(behave.sse(chat.stream([...`use ${token}, or\n${pem}\nbye`])))
  const stream = await client().chat.completions.create({ model: 'fast', messages: said('Hi'), stream: true })
  let text = ''
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  expect(text).toBe('use [github], or\n[private-key]\nbye')
})
