// Sets each field of each dialect's requests and responses to each JSON type and to invalid values. The
// gateway never fails internally, for any client and provider.

import { describe, expect, test } from 'bun:test'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { pairs, question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { nameOf, placesOf, put } from '../doors/places.ts'
import { type Answer, type Answered, hello, room } from '../doors/room.ts'
import { noUnhandledRejection } from '../doors/unhandled.ts'
import { tellers } from '../doors/telling.ts'
import { answers } from '../translation/cases/answers.ts'
import { requests } from '../translation/cases/requests.ts'

noUnhandledRejection()

const types = [null, true, -1.5, '', [1], ['x'], { type: 'x' }]
/**
 * Values as source text: numbers beyond a double, halves of surrogate pairs, names of built-in object
 * properties, a duplicate key.
 */
const spelled = [
  '1e999',
  '-0',
  '123456789012345678901234567890',
  '"\\u0000\\udc00x"',
  '{"__proto__":{"a":1},"constructor":2,"toString":[]}',
  '{"a":1,"a":2}',
]

const cases = Object.entries(requests).flatMap(([name, byDialect]) =>
  generateDialects.flatMap((front) => (byDialect[front] ? [[name, front, byDialect[front]] as const] : [])),
)

describe.each(cases)('%s at the door of %s', (_, front, body) => {
  const there = room({ answer: hello })

  const others = generateDialects.filter((dialect) => dialect !== front)
  let turn = 0

  /** Tests the same dialect, and one of the others in turn. */
  async function judge(text: string, what: string): Promise<void> {
    for (const back of [front, others[turn++ % others.length] ?? front]) {
      const responses = await there.call(front, back, text)
      const [sent] = there.sent.splice(0)
      const code = responses.thrown?.code
      // an internal failure reports the tried value
      if (responses.status === 200) {
        expect([what, sent && JSON.parse(String(Buffer.from(sent.body)))]).not.toEqual([what, undefined])
        if (isKept(front, back) && !what.startsWith('model'))
          expect([what, modelless(String(Buffer.from(sent?.body ?? '')))]).toEqual([what, modelless(text)])
      } else {
        expect([what, back, responses.status, code]).toEqual([
          what,
          back,
          400,
          front === back ? 'bad-request' : expect.stringMatching(/^(?:bad-request|unsupported)$/),
        ])
        expect([what, responses.thrown?.details.param]).not.toEqual([what, undefined])
        expect(messageOf(front, responses)).toBe(responses.thrown?.message ?? '')
        expect(sent).toBeUndefined()
      }
    }
  }

  test('each request field of another type is sent upstream or refused with a 400 that names it', async () => {
    for (const path of placesOf(body))
      for (const value of types)
        await judge(JSON.stringify(put(body, path, value)), `${nameOf(path)} = ${JSON.stringify(value)}`)
  })

  test('each request field with an odd value is sent upstream or refused with a 400 that names it', async () => {
    for (const path of placesOf(body)) {
      const [before = '', after = ''] = JSON.stringify(put(body, path, '@')).split('"@"')
      for (const value of spelled) await judge(before + value + after, `${nameOf(path)} = ${value}`)
    }
  })

  test('each unknown request member is sent upstream or refused with a 400 that names it', async () => {
    for (const path of [[], ...placesOf(body)]) {
      const object = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], body)
      if (typeof object !== 'object' || object === null || Array.isArray(object)) continue
      for (const key of ['__proto__', 'constructor', 'toString', 'x-new']) {
        const text = JSON.stringify(put(body, path, { ...object, '@': 1 })).replace(
          '"@":1',
          `"${key}":{"a":[1]}`,
        )
        await judge(text, nameOf([...path, key]))
      }
    }
  })
})

/**
 * Bytes go upstream unchanged. (In Responses the gateway disables storing. Google's path names the model.)
 */
const isKept = (front: GenerateDialect, back: GenerateDialect) =>
  front === back && (front === 'openai-chat' || front === 'anthropic-messages')

/** The target uses another name for the model. */
const modelless = (text: string) => text.replace(/"model":(?:"(?:[^"\\]|\\.)*"|null)/, '')

/** The place of the message for each dialect's SDK. */
function messageOf(front: GenerateDialect, { text }: Answered): string {
  const { error } = JSON.parse(text)
  if (front === 'anthropic-messages') expect(JSON.parse(text).type).toBe('error')
  if (front === 'gemini') expect(error.status).toBe('INVALID_ARGUMENT')
  return error.message
}

describe.each(pairs)('responses at the door of %s from %s', (front, back) => {
  let response: Answer
  const there = {
    plain: room({ answer: () => response }),
    guarded: room({
      answer: () => response,
      guards: [
        {
          name: 'personal',
          kind: 'pii',
          on: ['response'],
          action: 'redact',
          onError: 'closed-for-text',
          timeoutMs: 1000,
          options: {},
        },
      ],
    }),
  }

  let turn = 0

  /**
   * A provider's response may be refused as invalid, or passed on if it is still a response, in JSON that the
   * client can read.
   */
  async function judge(what: string): Promise<void> {
    const way = turn++ % 2 === 0 ? 'plain' : 'guarded'
    const responses = await there[way].call(
      front,
      back,
      question[front]('Hi', response.isStream),
      response.isStream,
    )
    there[way].sent.length = 0
    expect([what, way, mayBe.has(responses.thrown?.code) || responses.thrown]).toEqual([what, way, true])
    if (responses.thrown && !responses.headers.get('content-type')?.startsWith('text/event-stream'))
      expect([what, responses.status]).toEqual([what, 502])
    readable(responses, what)
  }

  const odd = [null, 3, 'x', [null], {}]

  test('each field of another type in a whole response is handled without an internal failure', async () => {
    for (const [name, byDialect] of Object.entries(answers)) {
      const reported = byDialect[back]
      if (!reported || reported.status || typeof reported.body === 'string') continue
      for (const path of placesOf(reported.body)) {
        for (const value of odd) {
          response = { chunks: [JSON.stringify(put(reported.body, path, value))], isStream: false }
          await judge(`${name}: ${nameOf(path)} = ${JSON.stringify(value)}`)
        }
      }
    }
  })

  test('each field of another type and each garbled event of a stream cause no internal failure', async () => {
    for (const [kind, teller] of Object.entries(tellers[back])) {
      const events = teller(['{"a":', '"b"}']).stream.split(/(?<=\r?\n\r?\n)/)
      for (const [index, event] of events.entries()) {
        const [, json] = /^data: (\{.*)$/m.exec(event) ?? []
        if (json === undefined) continue
        const values = [...placesOf(JSON.parse(json))].flatMap((path) =>
          odd.map((value) => JSON.stringify(put(JSON.parse(json), path, value))),
        )
        // a sample: each event of each kind is changed in another place
        const some = values.filter((_, place) => place % 23 === index % 23)
        for (const changed of [
          ...some,
          `${json.slice(0, -4)}"`,
          `${json},`,
          'null',
          '[]',
          '"x"',
          '<html>',
          '{"type":"x"}',
          '1e999',
          '',
        ]) {
          response = {
            chunks: [
              ...events.slice(0, index),
              event.replace(json, () => changed),
              ...events.slice(index + 1),
            ],
            isStream: true,
          }
          await judge(`${kind}, event ${index}: ${changed}`)
        }
      }
    }
  })
})

const mayBe: ReadonlySet<string | undefined> = new Set([
  undefined,
  'upstream-garbage',
  'upstream-cut',
  'upstream-error',
])

/** Every event is JSON, and none contains JavaScript's text for a missing value. */
function readable({ text, headers }: Answered, what: string): void {
  if (/\bNaN\b|undefined|\[object Object\]|Infinity/.test(text)) throw new Error(`${what} made ${text}`)
  if (!headers.get('content-type')?.startsWith('text/event-stream')) return void JSON.parse(text)
  for (const [, data = ''] of text.matchAll(/^data: ?(.*?)\r?$/gm)) if (data !== '[DONE]') JSON.parse(data)
}
