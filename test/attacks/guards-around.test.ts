// Tests the text around content: provider errors, comments and fields of event streams, request headers,
// embeddings and counts. A guard reads such a text, or the gateway drops it.

import { describe, expect, test } from 'bun:test'
import type { GuardRule } from '../../src/contract/snapshot.ts'
import { doorOf, question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { type Answer, room } from '../doors/room.ts'
import { tellers } from '../doors/telling.ts'
import { scenes } from '../journeys/scene.ts'
import { behave, chat } from '../upstreams/index.ts'

const secret = 'ann@example.com'
const guard = (more: Partial<GuardRule>): GuardRule => ({
  name: 'personal',
  kind: 'pii',
  on: ['response'],
  action: 'redact',
  onError: 'closed-for-text',
  timeoutMs: 1000,
  options: {},
  ...more,
})

const errors: Record<GenerateDialect, object> = {
  'openai-chat': {
    error: { message: `about ${secret}`, type: 'invalid_request_error', param: null, code: null },
  },
  'openai-responses': {
    error: { message: `about ${secret}`, type: 'invalid_request_error', param: null, code: null },
  },
  'anthropic-messages': {
    type: 'error',
    error: { type: 'invalid_request_error', message: `about ${secret}` },
  },
  gemini: { error: { code: 400, message: `about ${secret}`, status: 'INVALID_ARGUMENT' } },
}

describe.each([...generateDialects])('%s', (dialect) => {
  let received: Answer = { chunks: [], isStream: false }
  const there = room({ answer: () => received, guards: [guard({})] })
  const blocking = room({ answer: () => received, guards: [guard({ action: 'block' })] })
  const ask = (isStream: boolean, where = there) =>
    where.call(dialect, dialect, question[dialect]('Hi', isStream), isStream)

  test.each([400, 404, 429, 500, 200])(
    'a guard reads a provider error with status %d like any text',
    async (status) => {
      received = { status, chunks: [JSON.stringify(errors[dialect])], isStream: false }
      const { text, status: shown } = await ask(false)
      expect(shown).toBeGreaterThanOrEqual(400)
      expect(text).toContain('about [email]')
      expect(text).not.toContain(secret)
      expect((await ask(false, blocking)).thrown?.code).toBe('guard-blocked')
    },
  )

  test('a guard reads an undocumented code in an error and never changes it', async () => {
    const [name = ''] = dialect === 'gemini' ? ['status'] : ['type']
    received = {
      status: 400,
      chunks: [JSON.stringify({ ...errors[dialect], error: { message: 'x', [name]: secret } })],
      isStream: false,
    }
    const { text, thrown } = await ask(false)
    expect(thrown?.code).toBe('guard-blocked')
    expect(text).toContain(`error.${name}`)
    expect(text).not.toContain(secret)
  })

  test('a guard reads an error event like any text', async () => {
    const { stream = '' } = tellers[dialect]['text']?.(['Hello']) ?? {}
    const begun = stream
      .split(/(?<=\n\n)/)
      .slice(0, 2)
      .join('')
    const name = dialect === 'anthropic-messages' ? 'event: error\n' : ''
    received = { chunks: [`${begun}${name}data: ${JSON.stringify(errors[dialect])}\n\n`], isStream: true }
    const { text } = await ask(true)
    expect(text).toContain('about [email]')
    expect(text).not.toContain(secret)
  })

  test('comments, ids, retry times and event names that the data does not repeat are dropped', async () => {
    const reported = tellers[dialect]['text']?.(['Hello', ' you']).stream ?? ''
    const spoiled = reported
      .split(/(?<=\n\n)/)
      .flatMap((event, index) => [
        `: ${secret} ${index}\n\n`,
        `event: ${secret}\n\n`,
        `id: ${secret}\n${event}`,
        index === 1 ? `data:\n\n` : '',
      ])
      .join('')
      .replaceAll('data:\n\n', '')
    received = { chunks: [`:${secret}\n\nretry: 4111111111111111\n\n${spoiled}`], isStream: true }
    const { text, thrown } = await ask(true)
    expect(thrown).toBeUndefined()
    expect(text).toContain('Hello')
    expect(text).not.toContain('example.com')
    expect(text).not.toContain('4111')
    const renamed = reported.replace(/^(?:event: .*\n)?data:/m, `event: ${secret}\ndata:`)
    received = { chunks: [renamed], isStream: true }
    expect((await ask(true)).text).not.toContain(secret)
  })

  test('an event name that the data repeats is kept, so that SDKs understand the stream', async () => {
    const reported = tellers[dialect]['text']?.(['Hello', ' you']).stream ?? ''
    received = { chunks: [reported], isStream: true }
    const names = (text: string) => [...text.matchAll(/^event: .*$/gm)].map(([line]) => line)
    expect(names((await ask(true)).text)).toEqual(names(reported))
  })
})

describe('a guard that fails closed', () => {
  const image = {
    candidates: [
      {
        index: 0,
        content: { role: 'model', parts: [{ inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }] },
        finishReason: 'STOP',
      },
    ],
  }
  const responses = (onError: GuardRule['onError'], isStream: boolean) => {
    const json = JSON.stringify(image)
    const there = room({
      answer: () => ({ chunks: [isStream ? `data: ${json}\n\n` : json], isStream }),
      guards: [guard({ onError })],
    })
    return there.call('gemini', 'gemini', question.gemini('Hi', isStream), isStream)
  }

  test.each([false, true])(
    'a guard of everything refuses an image in a response, and a guard of texts passes it (stream: %p)',
    async (isStream) => {
      const closed = await responses('closed', isStream)
      expect(closed.thrown?.code).toBe('guard-blocked')
      expect(closed.text).not.toContain('iVBORw0KGgo')
      for (const onError of ['closed-for-text', 'open'] as const)
        expect((await responses(onError, isStream)).text).toContain('iVBORw0KGgo')
    },
  )
})

const { provider: newProvider, start } = scenes('file')
const fake = await newProvider()
const vectors = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.1, -0.25] }],
  model: 'e',
  usage: { prompt_tokens: 1, total_tokens: 1 },
}
fake.on('/v1/embeddings', behave.json(vectors))
fake.on(
  '/v1/messages',
  behave.json({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'Hi' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 1, output_tokens: 1 },
  }),
)
fake.on('/v1/messages/count_tokens', behave.json({ input_tokens: 3 }))
const { gatehouse } = await start({
  config: `providers:
  oai: { kind: openai-compatible, url: "${fake.url}", key: sk-upstream }
  ant: { kind: anthropic, url: "${fake.url.replace(/\/v1$/, '')}", key: sk-upstream }
teams:
  testers: { allow: { models: [ "*/*" ] } }
guards:
  personal: { kind: pii, action: block }
  names: { kind: patterns, action: block, options: { words: [ falcon ] } }`,
})

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(gatehouse.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gatehouse.key}`,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(body),
  })
  return { status: response.status, text: await response.text() }
}

const message = { model: 'ant/m', max_tokens: 16, messages: [{ role: 'user', content: 'Hi' }] }

test.each<[string, string]>([
  ['anthropic-beta', secret],
  ['anthropic-beta', '4111111111111111'],
  ['anthropic-beta', 'x-4111111111111111'],
  ['anthropic-beta', 'tell the model about it'],
  ['anthropic-beta', 'falcon-2025-01-01'],
  ['anthropic-version', 'falcon'],
  ['anthropic-version', '4111-11-11 1111'],
])('the header %s: %s does not go upstream', async (name, value) => {
  const before = fake.requests.length
  for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
    const { status, text } = await post(path, message, { [name]: value })
    expect(status).toBe(400)
    expect(text).toContain(name)
    expect(text).not.toContain(value)
  }
  expect(fake.requests.slice(before).filter(({ path }) => path.includes('messages'))).toEqual([])
})

test('beta names and version dates go upstream', async () => {
  const beta = 'context-1m-2025-08-07, interleaved-thinking-2025-05-14,claude-code-20250219'
  expect((await post('/v1/messages', message, { 'anthropic-beta': beta })).status).toBe(200)
  expect(fake.requests.at(-1)?.headers['anthropic-beta']).toBe(beta)
})

test.each<[string, string, object]>([
  ['an input', '/v1/embeddings', { model: 'oai/e', input: ['x', secret] }],
  ['an unknown setting', '/v1/embeddings', { model: 'oai/e', input: 'x', x_new: [secret] }],
  ['a setting', '/v1/embeddings', { model: 'oai/e', input: 'x', encoding_format: secret }],
  ['an end user', '/v1/embeddings', { model: 'oai/e', input: 'x', user: secret }],
  [
    'a message that is counted',
    '/v1/messages/count_tokens',
    { model: 'ant/m', messages: [{ role: 'user', content: secret }] },
  ],
  [
    'a tool that is counted',
    '/v1/messages/count_tokens',
    { ...message, tools: [{ name: 'f', input_schema: { format: '4111111111111111' } }] },
  ],
  ['an id that is counted', '/v1/messages/count_tokens', { ...message, metadata: { user_id: secret } }],
  [
    'the task of an embedding',
    '/v1beta/models/oai%2Fe:embedContent',
    { content: { parts: [{ text: 'x' }] }, taskType: secret },
  ],
  [
    'the title of an embedding',
    '/v1beta/models/oai%2Fe:embedContent',
    { content: { parts: [{ text: 'x' }] }, title: secret },
  ],
  [
    'the older spelling',
    '/v1beta/models/oai%2Fe:embedContent',
    { content: { parts: [{ text: 'x' }] }, task_type: '4111111111111111' },
  ],
])('a guard reads %s', async (_, path, body) => {
  const { status, text } = await post(path, body, { 'x-goog-api-key': gatehouse.key })
  expect([status, text]).toEqual([400, expect.stringContaining('Guard')])
  expect(text).not.toContain(secret)
})

test('vectors pass, and a guard reads the other members of their list', async () => {
  const ask = () => post('/v1/embeddings', { model: 'oai/e', input: 'x' })
  expect((await ask()).status).toBe(200)
  for (const more of [
    { note: secret },
    { data: [{ ...vectors.data[0], object: secret }] },
    { data: [{ index: 0, embedding: [4111111111111111] }] },
  ]) {
    fake.on('/v1/embeddings', behave.json({ ...vectors, ...more }))
    expect([more, (await ask()).status]).toEqual([more, 400])
  }
  fake.on('/v1/embeddings', behave.json(vectors))
})

test('a chat stream with all usual members passes a blocking guard', async () => {
  fake.next(behave.sse(chat.stream(['Hi'])))
  const { path, headers } = doorOf['openai-chat']('oai/m', true)
  const response = await fetch(gatehouse.url + path, {
    method: 'POST',
    headers: { ...headers(gatehouse.key), 'content-type': 'application/json' },
    body: JSON.stringify({ ...question['openai-chat']('Hi', true), model: 'oai/m' }),
  })
  expect(await response.text()).toContain('[DONE]')
})
