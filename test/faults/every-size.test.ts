// Bodies and responses of unusual size and depth, on every door and between all dialects. They are served or
// refused in bounded time, without an internal failure.

import { describe, expect, test } from 'bun:test'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { growth } from '../growth.ts'
import { pairs, question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { hello, room } from '../doors/room.ts'
import { noUnhandledRejection } from '../doors/unhandled.ts'

noUnhandledRejection()

const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

const withTools: Readonly<Record<GenerateDialect, (count: number) => object>> = {
  'openai-chat': (count) => ({
    tools: names(count).map((name) => ({
      type: 'function',
      function: { name, description: 'of a city', parameters: schema },
    })),
  }),
  'openai-responses': (count) => ({
    tools: names(count).map((name) => ({
      type: 'function',
      name,
      description: 'of a city',
      parameters: schema,
      strict: false,
    })),
  }),
  'anthropic-messages': (count) => ({
    tools: names(count).map((name) => ({ name, description: 'of a city', input_schema: schema })),
  }),
  gemini: (count) => ({
    tools: [
      {
        functionDeclarations: names(count).map((name) => ({
          name,
          description: 'of a city',
          parametersJsonSchema: schema,
        })),
      },
    ],
  }),
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `tool_${index}`)

const withImage: Readonly<Record<GenerateDialect, (data: string) => object>> = {
  'openai-chat': (data) => ({
    messages: [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } }] },
    ],
  }),
  'openai-responses': (data) => ({
    input: [
      {
        role: 'user',
        content: [{ type: 'input_image', detail: 'auto', image_url: `data:image/png;base64,${data}` }],
      },
    ],
  }),
  'anthropic-messages': (data) => ({
    messages: [
      {
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }],
      },
    ],
  }),
  gemini: (data) => ({
    contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data } }] }],
  }),
}

/** Tool calls and their results, and whether they match. */
const withCalls: Readonly<
  Record<GenerateDialect, (calls: readonly string[], results: readonly string[]) => object>
> = {
  'openai-chat': (calls, results) => ({
    messages: [
      { role: 'user', content: 'Hi' },
      ...(calls.length > 0
        ? [
            {
              role: 'assistant',
              tool_calls: calls.map((id) => ({
                id,
                type: 'function',
                function: { name: 'weather', arguments: '{}' },
              })),
            },
          ]
        : []),
      ...results.map((id) => ({ role: 'tool', tool_call_id: id, content: 'x' })),
    ],
  }),
  'openai-responses': (calls, results) => ({
    input: [
      { role: 'user', content: 'Hi' },
      ...calls.map((id) => ({ type: 'function_call', call_id: id, name: 'weather', arguments: '{}' })),
      ...results.map((id) => ({ type: 'function_call_output', call_id: id, output: 'x' })),
    ],
  }),
  'anthropic-messages': (calls, results) => ({
    messages: [
      { role: 'user', content: 'Hi' },
      ...(calls.length > 0
        ? [
            {
              role: 'assistant',
              content: calls.map((id) => ({ type: 'tool_use', id, name: 'weather', input: {} })),
            },
          ]
        : []),
      ...(results.length > 0
        ? [
            {
              role: 'user',
              content: results.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'x' })),
            },
          ]
        : []),
    ],
  }),
  gemini: (calls, results) => ({
    contents: [
      { role: 'user', parts: [{ text: 'Hi' }] },
      ...(calls.length > 0
        ? [{ role: 'model', parts: calls.map((id) => ({ functionCall: { id, name: 'weather', args: {} } })) }]
        : []),
      ...(results.length > 0
        ? [
            {
              role: 'user',
              parts: results.map((id) => ({
                functionResponse: { id, name: 'weather', response: { output: 'x' } },
              })),
            },
          ]
        : []),
    ],
  }),
}

const deep = (levels: number, leaf = '1') => '['.repeat(levels) + leaf + ']'.repeat(levels)

/** The vendor's limit on tools is a row of the dialect's limits. */
const takesFewTools: ReadonlySet<string> = new Set(['openai-chat', 'openai-responses', 'gemini'])

describe.each(pairs)('%s → %s', (front, back) => {
  const there = room({ answer: hello })
  const call = (body: object | string) => there.call(front, back, body)
  const sent = () => String(Buffer.from(there.sent.splice(0).at(-1)?.body ?? ''))

  test('ten thousand tools arrive in linear time, or are refused if the vendor accepts fewer', async () => {
    const offer = async (count: number) => {
      const response = await call(question[front]('Hi', false, withTools[front](count)))
      if (front !== back && takesFewTools.has(back)) {
        expect([response.status, response.text]).toEqual([400, expect.stringContaining('tools')])
        return
      }
      expect(response.status).toBe(200)
      const text = sent()
      expect([text.split('"tool_').length - 1, text.includes(`"tool_${count - 1}"`)]).toEqual([count, true])
    }
    // eight times the tools: linear is 8, quadratic 64
    expect(await growth(offer, 1_250, 10_000, 30)).toBeLessThan(30)
  })

  test('an image of 20 MB arrives byte for byte, and is copied a bounded number of times', async () => {
    const data = 'iVBORw0KGgo='
      .repeat(28)
      .slice(0, -1)
      .replaceAll('=', 'A')
      .padEnd(20 * 1024 * 1024, 'QUJD')
    const body = Buffer.from(JSON.stringify(question[front]('Hi', false, withImage[front](data))))
    Bun.gc(true)
    const before = process.memoryUsage.rss()
    expect((await there.call(front, back, body)).status).toBe(200)
    expect(process.memoryUsage.rss() - before).toBeLessThan(16 * body.length)
    expect(sent().includes(data)).toBe(true)
  })

  test('colliding call ids and results without a call are refused if the dialect needs ids', async () => {
    for (const [calls, results] of [
      [['a', 'a'], ['a']],
      [[], ['a']],
      [['a'], ['b']],
    ] as const) {
      const responses = await call(question[front]('Hi', false, withCalls[front](calls, results)))
      if (front === back) expect(responses.status).toBe(200)
      // Google's calls need no ids: duplicate ids are replaced
      else if (front !== 'gemini' || calls.length < 2)
        expect([responses.status, responses.thrown?.code, responses.thrown?.details.param]).toEqual([
          400,
          'bad-request',
          expect.any(String),
        ])
      there.sent.length = 0
    }
    expect((await call(question[front]('Hi', false, withCalls[front](['a', 'b'], ['b', 'a'])))).status).toBe(
      200,
    )
    there.sent.length = 0
  })

  test('nesting up to the limit arrives, and deeper nesting is a 400', async () => {
    const asked = JSON.stringify(question[front]('Hi')).slice(0, -1)
    expect((await call(`${asked},"x":${deep(98)}}`)).status).toBe(200)
    for (const levels of [100, 1_000, 100_000]) {
      const responses = await call(`${asked},"x":${deep(levels)}}`)
      expect([responses.status, responses.thrown?.code]).toEqual([400, 'bad-request'])
    }
    there.sent.length = 0
  })

  test('empty conversations and texts are sent or refused, without an internal failure', async () => {
    const empty = {
      'openai-chat': { messages: [] },
      'openai-responses': { input: [] },
      'anthropic-messages': { messages: [] },
      gemini: { contents: [] },
    }[front]
    expect([200, 400]).toContain((await call(question[front]('Hi', false, empty))).status)
    expect([200, 400]).toContain((await call(question[front](''))).status)
    expect([200, 400]).toContain((await call(question[front]('\u0000\ud800'))).status)
    there.sent.length = 0
  })

  test('responses with very deep nesting are garbage or are passed on unchanged', async () => {
    for (const isStreaming of [false, true]) {
      for (const levels of [300, 100_000]) {
        const reported = JSON.stringify({
          ...JSON.parse(String(hello({ dialect: back } as never).chunks[0])),
          x: '@',
        }).replace('"@"', deep(levels))
        const nested = room({
          answer: () => ({
            chunks: [isStreaming ? `data: ${reported}\n\n` : reported],
            isStream: isStreaming,
          }),
        })
        const responses = await nested.call(front, back, question[front]('Hi', isStreaming), isStreaming)
        const code = responses.thrown?.code
        expect([levels, code === undefined || code.startsWith('upstream') ? 'well' : code]).toEqual([
          levels,
          'well',
        ])
      }
    }
  })
})

test('bodies that are not a JSON object or not UTF-8 are refused in the form of each door', async () => {
  const there = room({ answer: hello })
  const bytes = (...values: number[]) => Buffer.from(values)
  const good = (front: GenerateDialect) => JSON.stringify(question[front]('hi'))
  for (const front of generateDialects) {
    const bodies: [string | Uint8Array, RegExp][] = [
      ['', /empty/],
      ['hello', /not valid JSON/],
      [good(front).slice(0, -3), /not valid JSON/],
      [`${good(front)} x`, /not valid JSON/],
      [good(front) + good(front), /not valid JSON/],
      [good(front).replace('20', 'NaN'), /not valid JSON/],
      [good(front).replace('hi', 'a\u0000b'), /not valid JSON/],
      [Buffer.concat([bytes(0xef, 0xbb, 0xbf), Buffer.from(good(front))]), /not valid JSON/],
      [Buffer.from(good(front), 'utf16le'), /UTF-8|not valid JSON/],
      [Buffer.concat([Buffer.from(good(front).slice(0, -2)), bytes(0xff), Buffer.from('"}')]), /UTF-8/],
      [Buffer.from(good(front).replace('hi', '\u00e9'), 'latin1'), /UTF-8/],
      ['[]', /JSON object/],
      ['"x"', /JSON object/],
      ['null', /JSON object/],
      [good(front).replace('{', '{"x":1,"x":2,'), /duplicate/],
      [good(front).replace('{', '{"x":1,"\\u0078":2,'), /duplicate/],
    ]
    for (const back of generateDialects) {
      for (const [body, says] of bodies) {
        const responses = await there.call(front, back, body)
        expect([front, responses.status, responses.thrown?.code]).toEqual([front, 400, 'bad-request'])
        expect(JSON.parse(responses.text).error.message).toMatch(says)
      }
    }
  }
  expect(there.sent).toEqual([])
})
