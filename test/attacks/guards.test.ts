// Attempts to bypass guards: fields that no code reads by name, in requests and in responses, and texts that
// make guards slow.

import { expect, test } from 'bun:test'
import { fold } from '../../src/gateway/inspect/guards/fold.ts'
import { patterns } from '../../src/gateway/inspect/guards/patterns.ts'
import { growth } from '../growth.ts'
import { scenes } from '../journeys/scene.ts'
import { behave, chat } from '../upstreams/index.ts'

const { provider: newProvider, start } = scenes('file')

const secret = 'ann@example.com'
const fake = await newProvider()
const { gatehouse } = await start({
  config: `providers:
  fake: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
guards:
  personal: { kind: pii, action: redact, on: [ request, response ] }`,
})

const ask = async (body: object) => {
  const response = await gatehouse.chat({
    model: 'fast',
    messages: [{ role: 'user', content: 'hello' }],
    ...body,
  })
  return { status: response.status, text: await response.text() }
}

const functionWith = (fields: object) => ({
  tools: [{ type: 'function', function: { name: 'f', ...fields } }],
})
const said = (message: object) => ({ messages: [{ role: 'user', content: 'x', ...message }] })

test.each<[string, object]>([
  ['the label of a user', { user: secret }],
  ['metadata', { metadata: { owner: secret } }],
  ['stop sequences', { stop: [secret] }],
  [
    'the schema of an answer',
    { response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { description: secret } } } },
  ],
  [
    'the parameters of a tool',
    functionWith({ parameters: { type: 'object', properties: { to: { enum: [secret] } } } }),
  ],
  ['a key of a schema', functionWith({ parameters: { type: 'object', properties: { [secret]: {} } } })],
  [
    'the grammar of a custom tool',
    { tools: [{ type: 'custom', custom: { name: 'f', format: { type: 'grammar', definition: secret } } }] },
  ],
  ['the name of a speaker', said({ name: secret })],
  ['a part of an unknown type', said({ content: [{ type: 'input_text', text: secret }] })],
  ['a second text in a part', said({ content: [{ type: 'text', text: 'x', content: secret }] })],
  [
    'arguments that came as an object',
    said({
      role: 'assistant',
      tool_calls: [{ id: 'c', function: { name: 'f', arguments: { to: secret } } }],
    }),
  ],
  [
    'earlier reasoning',
    said({ role: 'assistant', reasoning_details: [{ type: 'reasoning.text', text: secret }] }),
  ],
  [
    'the address of an image',
    said({ content: [{ type: 'image_url', image_url: { url: `https://x.example/?u=${secret}` } }] }),
  ],
  ['an unknown field', { x_new: { deep: [{ er: secret }] } }],
  ['a text that an id of the same name follows', { x_new: [{ id: 'a' }, secret] }],
  ['a role that is a word of JavaScript', said({ role: 'constructor', content: secret })],
])('a guard reads %s', async (_, body) => {
  expect((await ask(body)).status).toBe(200)
  expect(fake.requests.at(-1)?.text()).not.toContain(secret)
  expect(fake.requests.at(-1)?.text()).toContain('[email]')
})

test('a guard reads numbers that are long enough to identify a person, and the body stays JSON', async () => {
  await ask({ x_cards: [4_111_111_111_111_111, 12], seed: 4_111_111_111 })
  expect(fake.requests.at(-1)?.json()).toMatchObject({ x_cards: ['[card]', 12], seed: 4_111_111_111 })
})

test.each([
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEA/4111111111111111/AAAA',
  '4111111111111111',
  'data:image/png;base64,4111111111111111',
])('a card in what looks like an image is read: %s', async (url) => {
  await ask(said({ content: [{ type: 'image_url', image_url: { url } }] }))
  expect(fake.requests.at(-1)?.text()).not.toContain('4111111111111111')
})

test.each<[string, object, string]>([
  ['the name of a tool', functionWith({ name: secret }), 'tools[0].function.name'],
  ['a role that is not a word of the dialect', said({ role: secret }), 'messages[0].role'],
  ['the id of a call', said({ role: 'tool', tool_call_id: secret }), 'messages[0].tool_call_id'],
  ['a seed with the digits of a card', { seed: 4_111_111_111_111_111 }, 'seed'],
])('a finding in an identifier refuses the call and names the field: %s', async (_, body, param) => {
  const before = fake.requests.length
  const { status, text } = await ask(body)
  expect(status).toBe(400)
  expect(JSON.parse(text).error).toMatchObject({ code: 'content_filter', param })
  expect(text).not.toContain(secret)
  expect(fake.requests.length).toBe(before)
})

const message = (fields: object) => ({
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi', ...fields }, finish_reason: 'stop' }],
})

test.each<[string, object]>([
  [
    'a citation',
    message({
      annotations: [{ type: 'url_citation', url_citation: { title: secret, url: 'https://x.example' } }],
    }),
  ],
  [
    'reasoning details that repeat nothing',
    message({ reasoning_details: [{ type: 'reasoning.text', text: secret }] }),
  ],
  ['bare parts', message({ content: [secret] })],
  ['thinking in one text', message({ content: [{ type: 'thinking', thinking: secret }] })],
  ['content that is an object', message({ content: { text: secret } })],
  [
    'arguments that are an object',
    message({ tool_calls: [{ id: 'c', function: { name: 'f', arguments: { to: secret } } }] }),
  ],
  [
    'a message after an empty delta',
    { choices: [{ index: 0, delta: {}, message: { content: secret }, finish_reason: 'stop' }] },
  ],
  [
    'a choice of the older kind',
    { choices: [{ index: 0, text: secret, message: {}, finish_reason: 'stop' }] },
  ],
  ['a field of the vendor', { ...message({}), citations: [secret] }],
])('a guard of responses reads %s', async (_, received) => {
  fake.next(behave.json({ id: 'x', object: 'chat.completion', model: 'm', ...received }))
  const { status, text } = await ask({})
  expect(status).toBe(200)
  expect(text).not.toContain(secret)
  expect(() => JSON.parse(text)).not.toThrow()
})

test('a finding in an identifier of a response stops the response', async () => {
  fake.next(
    behave.json({
      id: 'x',
      object: 'chat.completion',
      model: 'm',
      ...message({ tool_calls: [{ id: 'c', function: { name: secret, arguments: '{}' } }] }),
    }),
  )
  const { status, text } = await ask({})
  expect(status).toBe(400)
  expect(text).toContain('choices[0].message.tool_calls[0].function.name')
  expect(text).not.toContain(secret)
})

test.each([
  [
    'the whole message next to each delta',
    chat.event({ choices: [{ index: 0, delta: { content: 'hi' }, message: { content: secret } }] }),
  ],
  ['events of another shape', chat.event({ choices: [{ index: 0, text: secret }] })],
  [
    'reasoning details in pieces',
    ['ann@exa', 'mple.com']
      .map((text) => chat.event({ choices: [{ index: 0, delta: { reasoning_details: [{ text }] } }] }))
      .join(''),
  ],
])('a guard of streams reads %s', async (_, events) => {
  fake.next(behave.sse(events + chat.stream(['bye'])))
  const { text } = await ask({ stream: true })
  expect(text).toContain('bye')
  expect(text.replaceAll(/[^a-z@.]/g, '')).not.toContain('annexample')
  expect(text).not.toContain(secret)
  expect(text).not.toContain('mple.com')
})

test('text after [DONE] on the same line does not leave', async () => {
  fake.next(behave.sse(`${chat.stream(['x'], { isDone: false })}data: [DONE] ${secret}\n\n`))
  const { text } = await ask({ stream: true })
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
})

test('a response in which two choices share an index fails closed', async () => {
  fake.next(
    behave.json({
      id: 'x',
      object: 'chat.completion',
      choices: [message({}).choices[0], { index: 0, message: { content: `x ${secret}` } }],
    }),
  )
  const { status, text } = await ask({})
  expect(status).toBe(500)
  expect(text).not.toContain(secret)
})

test('tens of thousands of media and of unknown fields are read in linear time', async () => {
  const offer = async (count: number) => {
    const parts = Array.from({ length: count }, () => ({
      type: 'image_url',
      image_url: { url: 'https://x.example' },
    }))
    const unknown = Array.from({ length: count }, (_, index) => ({ [`k${index}`]: [index] }))
    expect(
      (await ask({ messages: [{ role: 'user', content: parts, x_new: unknown }], x_new: unknown })).status,
    ).toBe(200)
  }
  // sixteen times the parts: linear is 16, quadratic 256
  expect(await growth(offer, 1_500, 24_000, 60)).toBeLessThan(60)
})

test('a long sequence of combining marks is folded in linear time', async () => {
  // eight times the text: linear is 8, quadratic 64
  expect(await growth((size) => fold(`a${'\u0301\u0323'.repeat(size)}`), 10_000, 80_000, 24)).toBeLessThan(24)
})

test('a character that expands to eighteen does not fill the memory', () => {
  expect(fold('\ufdfa'.repeat(1000)).text.length).toBeLessThan(6001)
})

test('thousands of messages with a finding each are redacted in linear time', async () => {
  const redact = async (count: number) => {
    const messages = Array.from({ length: count }, () => ({ role: 'user', content: 'a@b.co' }))
    expect((await ask({ messages })).status).toBe(200)
  }
  // sixteen times the messages: linear is 16, quadratic 256
  expect(await growth(redact, 1_500, 24_000, 60)).toBeLessThan(60)
})

test.each([
  'project  falcon',
  'project\nfalcon',
  'project\r\n    falcon',
  'project\u00a0falcon',
  'Project\tFALCON',
  'project\u200b falcon',
])('a phrase is found with any separator between its words: %j', (text) => {
  const detector = patterns.create({ patterns: {}, words: ['project falcon'], ignoreCase: true, reach: 256 })
  expect(detector.find(`the ${text} begins`, 'text', 0)).toMatchObject([
    { label: 'pattern/words', start: 4, end: 4 + text.length },
  ])
  // as a stream: no part of the phrase is released before its end has arrived
  for (let end = 5; end <= 4 + text.length; end += 1)
    expect(detector.settled(`the ${text}`.slice(0, end), 0)).toBeLessThanOrEqual(4)
})
