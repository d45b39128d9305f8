// The provider's credential never reaches the caller, for any status and in any place: bodies, headers,
// events and errors, in any encoding, and cut anywhere.

import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import { Echo } from '../../src/upstream/echo.ts'
import { scenes } from '../journeys/scene.ts'
import { question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import type { Behavior } from '../upstreams/index.ts'
import { tellers } from '../doors/telling.ts'

const { provider: newProvider, start } = scenes('file')

const key = 'sk-our/own+key_at-the.provider-0123456789='
const fake = await newProvider()
const kinds = {
  'openai-chat': 'openai-compatible',
  'openai-responses': 'openai',
  'anthropic-messages': 'anthropic',
  gemini: 'gemini',
} as const
const providers = generateDialects.map(
  (dialect) => `  ${dialect}: { kind: ${kinds[dialect]}, url: "${fake.url}", key: "\${UPSTREAM_KEY}" }`,
)
const guards =
  'guards:\n  cards: { kind: pii, on: [response], action: redact, options: { entities: [card] } }'
const config = (more: string) => `providers:\n${providers.join('\n')}\n${more}`
const env = { UPSTREAM_KEY: key }
const scenesOf = {
  'read by no guard': await start({ config: config(''), env }),
  'read by a guard': await start({ config: config(guards), env }),
}

const raw = (
  status: number,
  headers: Record<string, string>,
  chunks: readonly (string | Uint8Array)[],
): Behavior => ({
  async answer(call) {
    call.head(status, headers)
    for (const chunk of chunks) await call.push(chunk)
    call.end()
  },
})

const escaped = (text: string, spell: (hex: string) => string) =>
  [...text].map((one) => spell(one.charCodeAt(0).toString(16).padStart(2, '0'))).join('')
const base64 = (before: string) => Buffer.from(`${before}${key}:more`).toString('base64')

/**
 * Pairs with and without translation. OpenAI's own provider is called in chat unless the client uses
 * Responses.
 */
const fronts = () =>
  Object.keys(bodyOf).flatMap((front) =>
    generateDialects.flatMap((dialect) =>
      front !== 'openai-responses' && dialect === 'openai-responses' ? [] : [[front, dialect] as const],
    ),
  )

/** As they are written in a JSON text. */
const spellings: Record<string, string> = {
  'as it is': key,
  'after a word': `Bearer ${key}`,
  'with escaped slashes': key.replaceAll('/', String.raw`\/`),
  'with JSON escapes': escaped(key, (hex) => `\\u00${hex}`),
  'with some JSON escapes': key.replaceAll(
    /[+/=]/g,
    (one) => `\\u00${one.charCodeAt(0).toString(16).toUpperCase()}`,
  ),
  'in JSON inside of JSON': escaped(key, (hex) => String.raw`\\u00` + hex),
  'percent-encoded': encodeURIComponent(key),
  'all percent-encoded': escaped(key, (hex) => `%${hex}`),
  'in base64': base64(''),
  'in base64, one byte on': base64('x'),
  'in base64, two bytes on': base64('xy'),
  'in base64 of the other alphabet': Buffer.from(`user:${key}`).toString('base64url'),
}

/** The text after a reader has decoded it. */
function reveals(text: string): boolean {
  const plain = text
    .replaceAll(/\\+u00([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replaceAll(String.raw`\/`, '/')
  if (plain.includes(key)) return true
  const words =
    plain
      .replaceAll('-', '+')
      .replaceAll('_', '/')
      .match(/[A-Za-z0-9+/]{20,}/g) ?? []
  return words.some((word) =>
    [0, 1, 2, 3].some((cut) => Buffer.from(word.slice(cut), 'base64').toString('latin1').includes(key)),
  )
}

test('the check of this file detects every spelling of the credential', () => {
  for (const text of Object.values(spellings)) expect(reveals(text)).toBe(true)
})

const whole = (dialect: GenerateDialect, text: string) =>
  JSON.stringify(tellers[dialect]['text']?.(['HERE']).whole).replaceAll('HERE', text)
const stream = (dialect: GenerateDialect, texts: readonly string[]) =>
  texts.reduce(
    (reported, text, index) => reported.replaceAll(`HERE${index}.`, text),
    tellers[dialect]['text']?.(texts.map((_, index) => `HERE${index}.`)).stream ?? '',
  )

const bodyOf: Record<string, (model: string, isStreaming: boolean) => [path: string, body: object]> = {
  'openai-chat': (model, isStreaming) => [
    '/v1/chat/completions',
    { ...question['openai-chat']('Hi', isStreaming), model },
  ],
  'openai-responses': (model, isStreaming) => [
    '/v1/responses',
    { ...question['openai-responses']('Hi', isStreaming), model },
  ],
  'anthropic-messages': (model, isStreaming) => [
    '/v1/messages',
    { ...question['anthropic-messages']('Hi', isStreaming), model },
  ],
}

describe.each(Object.entries(scenesOf))('%s', (_, { gatehouse }) => {
  async function ask(front: string, dialect: string, isStreaming = false) {
    const [path, body] = bodyOf[front]?.(`${dialect}/m-${Math.random()}`, isStreaming) ?? ['', {}]
    const response = await fetch(gatehouse.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${gatehouse.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    expect(reveals(JSON.stringify([...response.headers]))).toBe(false)
    expect(reveals(gatehouse.log.join(''))).toBe(false)
    return { status: response.status, text, id: response.headers.get('x-gatehouse-exchange') }
  }

  // two clients are enough for the spellings: one in the same dialect, one translated
  const rows = fronts()
    .filter(([front, dialect]) => front === dialect || front === 'openai-chat')
    .flatMap(([front, dialect]) =>
      Object.entries(spellings).map(([name, text]) => [front, dialect, name, text] as const),
    )

  test.each(rows)(
    '%s ← %s: the credential does not come back in a body, %s',
    async (front, dialect, _name, text) => {
      for (const status of [200, 400, 401]) {
        const error = JSON.stringify({ error: { message: 'HERE', type: 'invalid_request_error' } }).replace(
          'HERE',
          text,
        )
        const behavior = status === 200 ? whole(dialect, text) : error
        fake.always(
          raw(
            status,
            { 'content-type': 'application/json', 'x-request-id': key, 'x-echo': `Bearer ${key}` },
            [behavior],
          ),
        )
        const received = await ask(front, dialect)
        expect(received.status).toBeGreaterThanOrEqual(200)
        expect(reveals(received.text)).toBe(false)
      }
      fake.always(
        raw(200, { 'content-type': 'application/json' }, [
          JSON.stringify({ error: { message: 'HERE', code: 'x' } }).replace('HERE', text),
        ]),
      )
      expect(reveals((await ask(front, dialect)).text)).toBe(false)
    },
  )

  test.each(rows)(
    '%s ← %s: the credential does not come back in a stream that is cut anywhere, %s',
    async (front, dialect, _name, text) => {
      const bytes = stream(dialect, ['a ', text, ' b'])
      for (const size of [61, bytes.length]) {
        fake.always(
          raw(
            200,
            { 'content-type': 'text/event-stream' },
            bytes.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [],
          ),
        )
        const received = await ask(front, dialect, true)
        expect(received.status).toBe(200)
        expect(reveals(received.text)).toBe(false)
        expect(received.text).toContain('[credential]')
      }
    },
  )

  test.each(fronts())(
    '%s ← %s: the credential does not come back spread over events of a stream',
    async (front, dialect) => {
      for (const size of [3, 30]) {
        const texts = ['a ', ...(key.match(new RegExp(`.{1,${size}}`, 'g')) ?? []), ' b']
        for (const chunks of [[stream(dialect, texts)], stream(dialect, texts).split(/(?<=\n\n)/)]) {
          fake.always(raw(200, { 'content-type': 'text/event-stream' }, chunks))
          const { text } = await ask(front, dialect, true)
          const pieces = [...text.matchAll(/"(?:content|delta|text)":"((?:[^"\\]|\\.)*)"/g)]
            .map(([, piece]) => piece)
            .join('')
          expect(pieces.replaceAll('[credential]', '')).not.toContain(key.slice(0, 9))
          expect(text).not.toContain(key.slice(-12))
        }
      }
    },
  )

  test('compressed responses are searched after decompression, and the record names the provider', async () => {
    const body = gzipSync(whole('openai-chat', `key ${key}`))
    fake.always(raw(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }, [body]))
    const { text, id } = await ask('openai-chat', 'openai-chat')
    expect(text).toContain('key [credential]')
    const record = await gatehouse.record(id)
    expect(record.findings?.response).toMatchObject({ 'credential/openai-chat': 1 })
    expect(record.policies).toContainEqual({ name: 'openai-chat', effect: 'flag' })
  })
})

test('other text is not changed, and a false beginning of the credential is released', () => {
  const echo = new Echo([key])
  for (const text of [
    'sk-our/own',
    `{"a":"${key.slice(0, -1)}x"}`,
    String.raw`{"a":"\u0041\u003c \/ %41"}`,
    key.toLowerCase().slice(3),
  ]) {
    const bytes = Buffer.from(text)
    expect(echo.without(bytes)).toBe(bytes)
  }
})
