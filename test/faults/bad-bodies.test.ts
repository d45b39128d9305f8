// Invalid bodies: each is refused with OpenAI's error form and a record, before any provider is called.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { rawCall, rawClient, requestBytes } from './raw-client.ts'
import { type World, world } from './world.ts'

let here: World
beforeAll(async () => {
  here = await world({ config: 'limits: { bodyBytes: 64KB, depth: 20 }' })
})
afterAll(async () => {
  await here.end()
  // only the valid calls, and the call of end()
  expect(asked()).toBeLessThan(12)
})

const asked = () => here.provider.requests.filter(({ method }) => method === 'POST').length
const messages = '[{"role":"user","content":"hi"}]'
const deep = (levels: number) =>
  `{"model":"day-0","messages":[],"x":${'['.repeat(levels)}${']'.repeat(levels)}}`

interface Refused {
  status: number
  type: string
  code: string
  record: string
  /** A part of the error message. */
  says: string | RegExp
  param?: string
}

const badRequest = (says: string | RegExp, param?: string): Refused => ({
  status: 400,
  type: 'invalid_request_error',
  code: 'bad_request',
  record: 'bad-request',
  says,
  ...(param === undefined ? {} : { param }),
})

const bytes = (...parts: (string | number[])[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))))

const bodies: Record<string, [body: string | Uint8Array, refused: Refused]> = {
  'an empty body': ['', badRequest('empty')],
  'words instead of JSON': ['hello', badRequest('not valid JSON')],
  'truncated JSON': [`{"model":"day-0","messages":[{"role":"us`, badRequest('not valid JSON')],
  'text after the JSON': [`{"model":"day-0","messages":${messages}} x`, badRequest('not valid JSON')],
  'two JSON objects': [
    `{"model":"day-0","messages":${messages}}{"model":"other"}`,
    badRequest('not valid JSON'),
  ],
  'a comma too many': [`{"model":"day-0","messages":${messages},}`, badRequest('not valid JSON')],
  'single quotes': [`{'model':'day-0'}`, badRequest('not valid JSON')],
  'NaN as a number': [
    `{"model":"day-0","messages":${messages},"temperature":NaN}`,
    badRequest('not valid JSON'),
  ],
  'a raw control character in a string': [
    `{"model":"day-0","messages":[{"role":"user","content":"a\u0000b"}]}`,
    badRequest('not valid JSON'),
  ],
  'NUL after the JSON': [
    bytes(`{"model":"day-0","messages":${messages}}`, [0]),
    badRequest('not valid JSON'),
  ],
  'a byte order mark': [
    bytes([0xef, 0xbb, 0xbf], `{"model":"day-0","messages":${messages}}`),
    badRequest('not valid JSON'),
  ],
  'UTF-16': [
    Buffer.from(`{"model":"day-0","messages":${messages}}`, 'utf16le'),
    badRequest(/UTF-8|not valid JSON/),
  ],
  'invalid UTF-8': [
    bytes('{"model":"day-0","messages":[{"role":"user","content":"', [0xff, 0xfe], '"}]}'),
    badRequest('UTF-8'),
  ],
  'an overlong encoding': [
    bytes('{"model":"day-0","messages":[{"role":"user","content":"', [0xc0, 0xaf], '"}]}'),
    badRequest('UTF-8'),
  ],
  'a surrogate as UTF-8': [
    bytes('{"model":"day-0","messages":[{"role":"user","content":"', [0xed, 0xa0, 0x80], '"}]}'),
    badRequest('UTF-8'),
  ],
  'an array': ['[]', badRequest('JSON object')],
  'a string': ['"day-0"', badRequest('JSON object')],
  null: ['null', badRequest('JSON object')],
  'a nesting that is too deep': [deep(40), badRequest('deep')],
  'a nesting of fifty thousand brackets': [
    `{"model":"day-0","x":${'['.repeat(50_000)}`,
    badRequest(/deep|not valid JSON/),
  ],
  'the model twice': [`{"model":"day-0","messages":${messages},"model":"day-1"}`, badRequest('duplicate')],
  'the model twice, once in disguise': [
    `{"model":"day-0","messages":${messages},"mod\\u0065l":"day-1"}`,
    badRequest('duplicate'),
  ],
  'messages twice': [`{"model":"day-0","messages":${messages},"messages":[]}`, badRequest('duplicate')],
  'no model': [`{"messages":${messages}}`, badRequest('"model" is missing', 'model')],
  'no messages': ['{"model":"day-0"}', badRequest('"messages" is missing', 'messages')],
  'a model that is a number': [
    `{"model":4,"messages":${messages}}`,
    badRequest('"model" must be a string', 'model'),
  ],
  'a model that is an object': [
    `{"model":{"a":1},"messages":${messages}}`,
    badRequest('"model" must be a string', 'model'),
  ],
  'messages that are a string': [
    '{"model":"day-0","messages":"hi"}',
    badRequest('"messages" must be an array', 'messages'),
  ],
  'a stream flag that is a string': [
    `{"model":"day-0","messages":${messages},"stream":"yes"}`,
    badRequest('"stream" must be a boolean', 'stream'),
  ],
  'stream options that are a list': [
    `{"model":"day-0","messages":${messages},"stream":true,"stream_options":[]}`,
    badRequest('"stream_options" must be an object', 'stream_options'),
  ],
  'a limit that is a string': [
    `{"model":"day-0","messages":${messages},"max_tokens":"10"}`,
    badRequest('"max_tokens"', 'max_tokens'),
  ],
  'a negative limit': [
    `{"model":"day-0","messages":${messages},"max_tokens":-1}`,
    badRequest('whole number', 'max_tokens'),
  ],
  'a limit beyond all numbers': [
    `{"model":"day-0","messages":${messages},"max_tokens":1e999}`,
    badRequest('whole number', 'max_tokens'),
  ],
  'a limit with a fraction': [
    `{"model":"day-0","messages":${messages},"max_completion_tokens":1.5}`,
    badRequest('whole number', 'max_completion_tokens'),
  ],
  'a count of answers beyond all numbers': [
    `{"model":"day-0","messages":${messages},"n":1e999}`,
    badRequest('whole number', 'n'),
  ],
}

describe('a body that is refused', () => {
  for (const [name, [body, refused]] of Object.entries(bodies)) {
    test(name, async () => {
      const before = asked()
      const response = await rawCall(here.gatehouse.url, requestBytes({ key: here.gatehouse.key, body }))
      expect(response.status).toBe(refused.status)
      expect(response.headers.get('content-type')).toStartWith('application/json')
      expect(response.headers.get('x-should-retry')).toBe('false')
      const { error } = response.json()
      expect(error).toMatchObject({ type: refused.type, code: refused.code, param: refused.param ?? null })
      expect(error.message).toMatch(refused.says)
      const record = await here.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
      expect(record).toMatchObject({
        key: 'tester',
        outcome: 'refused',
        status: refused.status,
        code: refused.record,
        costNano: '0',
        attempts: [],
      })
      expect(asked()).toBe(before)
    })
  }
})

describe('a body that looks odd and is good', () => {
  const odd: Record<string, string> = {
    'a name in escapes': '{"m\\u006fdel":"day-9","messages":[],"max_tokens":50}',
    'keys that objects have by nature':
      '{"__proto__":"x","constructor":1,"toString":2,"model":"day-9","messages":[],"max_tokens":50}',
    'numbers beyond doubles':
      '{"model":"day-9","messages":[],"max_tokens":50,"seed":123456789012345678901234567890,"x":1e999,"y":1e-999}',
    'a lone surrogate in escapes':
      '{"model":"day-9","messages":[{"role":"user","content":"\\ud800 and \\udc00"}],"max_tokens":50}',
    'NUL in escapes': '{"model":"day-9","messages":[{"role":"user","content":"\\u0000"}],"max_tokens":50}',
    'white space everywhere': ' \r\n\t{ "model" : "day-9" , "messages" : [ ] , "max_tokens" : 50 } \n',
    'nulls where we read':
      '{"model":"day-9","messages":[],"max_tokens":50,"stream":null,"stream_options":null,"n":null,"max_completion_tokens":null}',
  }
  for (const [name, body] of Object.entries(odd)) {
    test(`${name}: the body goes upstream with only its model changed`, async () => {
      const response = await rawCall(here.gatehouse.url, requestBytes({ key: here.gatehouse.key, body }))
      expect({ status: response.status, text: response.status === 200 ? '' : response.text }).toEqual({
        status: 200,
        text: '',
      })
      expect(here.provider.requests.at(-1)?.text()).toBe(body)
    })
  }

  test('two thousand messages go upstream unchanged', async () => {
    const body = JSON.stringify({
      model: 'day-9',
      max_tokens: 50,
      messages: Array.from({ length: 2_000 }, () => ({ role: 'user', content: 'x' })),
    })
    const response = await rawCall(here.gatehouse.url, requestBytes({ key: here.gatehouse.key, body }))
    expect(response.status).toBe(200)
    expect(here.provider.requests.at(-1)?.json().messages).toHaveLength(2_000)
  })
})

describe('a duplicate key within a message', () => {
  const twice = {
    plainly: '{"model":"day-9","max_tokens":50,"messages":[{"role":"user","content":"a","content":"b"}]}',
    'once in disguise':
      '{"model":"day-9","max_tokens":50,"messages":[{"role":"user","content":"a","c\\u006fntent":"b"}]}',
    'as parts':
      '{"model":"day-9","max_tokens":50,"messages":[{"role":"user","content":"a","content":[{"type":"text","text":"b"}]}]}',
  }

  test('a duplicate key is refused if a guard reads messages, because readers may differ', async () => {
    const guarded = await world({ models: 10, config: 'guards: { words: { kind: pii, action: block } }' })
    for (const body of Object.values(twice)) {
      const response = await guarded.gatehouse.chat(body)
      expect(response.status).toBe(400)
      const { error } = (await response.json()) as { error: { message: string; param: string } }
      expect(error).toMatchObject({ code: 'bad_request', param: 'messages[0]' })
      expect(error.message).toContain('duplicate key')
      expect(await guarded.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
        outcome: 'refused',
        code: 'bad-request',
      })
    }
    expect(guarded.provider.requests.filter(({ method }) => method === 'POST')).toEqual([])
    await guarded.end()
  })

  test('a duplicate key goes upstream unchanged if no guard reads messages', async () => {
    const response = await here.gatehouse.chat(twice.plainly)
    expect(response.status).toBe(200)
    expect(here.provider.requests.at(-1)?.text()).toBe(twice.plainly)
  })
})

describe('a body that is too large', () => {
  const tooLarge = { type: 'invalid_request_error', code: 'request_too_large' }

  test('a body with a too large announced length is refused before it is read', async () => {
    const client = await rawClient(here.gatehouse.url)
    client.send(
      requestBytes({ key: here.gatehouse.key, headers: { 'content-length': '999999999' }, body: '{"model"' }),
    )
    const response = await client.answer()
    expect(response.status).toBe(413)
    expect(response.json().error).toMatchObject(tooLarge)
    expect(await here.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      code: 'request-too-large',
      status: 413,
    })
    client.close()
  })

  test('a chunked body without a length is refused as soon as it exceeds the bound', async () => {
    const client = await rawClient(here.gatehouse.url)
    client.send(
      requestBytes({
        key: here.gatehouse.key,
        headers: { 'content-length': '', 'transfer-encoding': 'chunked' },
      }),
    )
    // the last chunk never arrives, and the response must not wait for it
    for (let sent = 0; sent < 5; sent += 1) client.send(`4000\r\n${'x'.repeat(0x4000)}\r\n`)
    const response = await client.answer()
    expect(response.status).toBe(413)
    expect(response.json().error).toMatchObject(tooLarge)
    expect(await here.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      code: 'request-too-large',
      status: 413,
    })
    client.close()
  })

  test('a body of exactly the bound is accepted', async () => {
    const padded = (size: number) => {
      const head = '{"model":"day-9","messages":[],"max_tokens":50,"x":"'
      return `${head}${'x'.repeat(size - head.length - 2)}"}`
    }
    expect((await here.gatehouse.chat(padded(65_536))).status).toBe(200)
    expect((await here.gatehouse.chat(padded(65_537))).status).toBe(413)
  })

  test('the official client gets a typed error for a large body and does not retry', async () => {
    const client = new OpenAI({ apiKey: here.gatehouse.key, baseURL: `${here.gatehouse.url}/v1` })
    const call = client.chat.completions.create({
      model: 'day-0',
      messages: [{ role: 'user', content: 'x'.repeat(70_000) }],
    })
    const error = await call.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({ status: 413, code: 'request_too_large' })
  })
})

test('no log line contains text of a refused body', async () => {
  const body = `{"model":"day-0","messages":[{"role":"user","content":"planted-content-4711"`
  expect((await here.gatehouse.chat(body)).status).toBe(400)
  expect(here.gatehouse.log.join('')).not.toContain('planted-content-4711')
})
