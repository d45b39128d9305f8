// Tests how provider responses are handled: errors, whole responses, ends of streams, edits.

import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GatewayError } from '../../src/contract/errors.ts'
import type { Piece } from '../../src/contract/content.ts'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { AttemptResponse, ResponsePiece } from '../../src/contract/response.ts'
import { responseDialect as dialect } from '../../src/traffic/llm/dialects/openai-chat/response/view.ts'
import { readResponse } from '../../src/traffic/llm/wire/response.ts'
import { answer, asRead, provider } from './answer.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dir, '../fixtures/openai-chat', name))
const json = { 'content-type': 'application/json' }

describe('a provider error', () => {
  test.each([
    [
      'error-429.json',
      429,
      {},
      { status: 429, kind: 'rate-limit', code: 'rate_limit_exceeded', isUnbilled: true },
      429,
    ],
    [
      'error-context-length.json',
      400,
      {},
      { kind: 'context-window', code: 'context_length_exceeded', isUnbilled: true },
      400,
    ],
    [
      'error-502.html',
      502,
      { 'content-type': 'text/html' },
      { status: 502, kind: 'server', isUnbilled: false },
      502,
    ],
    ['error-502.html', 401, { 'content-type': 'text/html' }, { kind: 'credential' }, 502],
    ['error-502.html', 302, { location: 'http://169.254.169.254/' }, { status: 502, kind: 'server' }, 502],
  ])('%s with status %d', async (name, status, headers, fault, shown) => {
    const received = await readResponse(answer([fixture(name)], status, { ...json, ...headers }), whole())
    expect(received.fault).toMatchObject(fault)
    expect(received.status).toBe(shown)
    expect(JSON.parse(await text(received)).error.message).toBeString()
    expect(new Map(received.headers).get('content-type')).toBe('application/json')
  })

  test('the error body of a vendor is passed on byte for byte unless it mentions our credential', async () => {
    const own = await readResponse(answer([fixture('error-429.json')], 429, json), whole())
    expect(await text(own)).toBe(fixture('error-429.json').toString())
    const body = Buffer.from(
      '{"error":{"message":"Incorrect API key provided: sk-abc…9","code":"invalid_api_key"}}',
    )
    const credential = await text(await readResponse(answer([body], 401, json), whole()))
    expect(credential).not.toContain('sk-abc')
    expect(JSON.parse(credential).error.code).toBe('upstream_credential')
  })

  test.each([
    ['{"error":{"code":"insufficient_quota","message":"x"}}', 429, 'quota'],
    ['{"error":{"message":"Insufficient Balance"}}', 402, 'quota'],
    ['{"error":{"code":"content_filter","message":"The response was filtered"}}', 400, 'content-policy'],
    ['{"error":{"message":"flagged by moderation","code":403}}', 403, 'content-policy'],
    ['{"object":"error","message":"maximum context length is 10","code":400}', 400, 'context-window'],
    ['{"detail":[{"loc":["body"]}]}', 422, 'bad-request'],
    ['{"error":"model not found"}', 404, 'not-found'],
    ['{"error":{"type":"overloaded_error"}}', 529, 'overloaded'],
    ['{}', 418, 'bad-request'],
  ])('%s (%d) means %s', async (body, status, kind) => {
    expect((await readResponse(answer([Buffer.from(body)], status, json), whole())).fault?.kind).toBe(
      kind as never,
    )
  })

  test.each([
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '2', 'retry-after-ms': '150' }, 150],
    [{ 'retry-after': 'Wed, 21 Oct 2026 07:28:30 GMT', date: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 30_000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j asks to wait %p ms', async (headers, ms) => {
    const received = await readResponse(answer([Buffer.from('{}')], 429, { ...json, ...headers }), whole())
    expect(received.fault?.retryAfterMs).toBe(ms as number)
  })

  test('a provider error under status 200 gets a status that makes SDKs raise', async () => {
    const received = await readResponse(answer([fixture('error-in-200.json')], 200, json), whole())
    expect(received).toMatchObject({ status: 429, fault: { kind: 'rate-limit', isUnbilled: false } })
    const streamed = await readResponse(answer([fixture('error-in-200.json')], 200, json), streaming('meter'))
    expect(streamed).toMatchObject({ status: 429, isStream: false })
  })
})

describe('a whole response', () => {
  test.each(['text.json', 'tool-calls.json', 'logprobs.json'])(
    '%s goes through byte for byte at both depths',
    async (name) => {
      for (const depth of ['meter', 'content'] as const) {
        const received = await readResponse(answer([fixture(name)], 200, json), whole(depth))
        const piece = await received.next()
        expect(piece?.bytes).toEqual(fixture(name))
        expect(piece).toMatchObject({
          isTerminal: true,
          hasOutput: true,
          usage: { inputTokens: 21, outputTokens: 9 },
          upstreamModel: 'gpt-5-mini-2026-01-15',
        })
        expect(await received.next()).toBeUndefined()
      }
    },
  )

  test('a whole response shows each channel as one piece', async () => {
    const received = await readResponse(answer([fixture('tool-calls.json')], 200, json), whole('content'))
    const pieces = (await received.next())?.pieces ?? []
    expect(
      pieces.map(({ channel, kind, text, escaping, isLast }) => [channel, kind, text, escaping, isLast]),
    ).toEqual([
      ['choice/0/tool/0', 'tool-arguments', '{"to": "ann@example.com"}', 'json-text', true],
      ['choice/0/tool/1', 'tool-arguments', 'ls -la', 'none', true],
      [
        'identifiers',
        'text',
        ['chatcmpl-8Zk1', 'gpt-5-mini-2026-01-15', 'call_a1', 'mail', 'call_b2', 'shell'].join('\n¶\n'),
        'none',
        true,
      ],
    ])
  })

  test('an edited response keeps every other byte, and blanks fields that repeat the text', async () => {
    const edited = async (name: string, find: string) => {
      const received = await readResponse(answer([fixture(name)], 200, json), whole('content'))
      return text(received, (piece) => replacing(piece, find, '[x]'))
    }
    expect(await edited('text.json', 'ann@example.com')).toBe(
      fixture('text.json').toString().replace('ann@example.com', '[x]'),
    )
    expect(await edited('tool-calls.json', 'ann@example.com')).toBe(
      fixture('tool-calls.json').toString().replace('ann@example.com', '[x]'),
    )
    const logprobs = JSON.parse(await edited('logprobs.json', 'Yes'))
    expect(logprobs.choices[0]).toMatchObject({ message: { content: '[x]' }, logprobs: null })
  })

  test.each(['<html>hi</html>', '{"choices":[', '[]', '{}', '', 'data: {}\n\n'])(
    'that is no chat answer is garbage: %p',
    async (body) => {
      expect(
        await codeOf(
          readResponse(answer([Buffer.from(body)], 200, { 'content-type': 'text/html' }), whole()),
        ),
      ).toBe('upstream-garbage')
    },
  )
})

describe('a stream', () => {
  test('a stream is edited by event: other fields and line ends stay, comments are empty', async () => {
    const stream = fixture('crlf-and-comments.sse')
    const edited = await text(await readResponse(answer([stream]), streaming('content')), (piece) =>
      replacing(piece, ' there', '\n"you"'),
    )
    expect(edited).toBe(asRead(stream.toString()).replace('" there"', '"\\n\\"you\\""'))
  })

  test('an event refuses an edit of a channel that it does not have', async () => {
    const [, piece] = await piecesOf(
      await readResponse(answer([fixture('text-with-usage.sse')]), streaming('content')),
    )
    expect(() => piece?.edit?.([{ channel: 'choice/7/text', start: 0, end: 1, replacement: '' }])).toThrow(
      'choice/7/text',
    )
  })

  test('a stream of parallel tool calls is edited inside the nested JSON', async () => {
    const stream = fixture('parallel-tool-calls.sse')
    const edited = await text(await readResponse(answer([stream]), streaming('content')), (piece) =>
      replacing(piece, 'ann@example.com', '[email]'),
    )
    expect(edited).toBe(stream.toString().replace('ann@example.com', '[email]'))
  })

  test('only an edited event loses its logprobs', async () => {
    const stream = fixture('logprobs.sse')
    const edited = await text(await readResponse(answer([stream]), streaming('content')), (piece) =>
      replacing(piece, 'café', 'bar'),
    )
    const logprobs = chunksOf(edited).map((chunk) => chunk.choices[0]?.logprobs?.content?.[0]?.token ?? null)
    expect(logprobs).toEqual([null, 'Yes', ', ', null, null, null])
    expect(edited).not.toContain('caf')
  })

  test('an edit of an event with text in several parts covers all parts', async () => {
    const stream = fixture('thinking-parts.sse')
    const edited = await text(await readResponse(answer([stream]), streaming('content')), (piece) =>
      replacing(piece, 'is four', 'was 4'),
    )
    expect(chunksOf(edited)[2].choices[0].delta.content.slice(1)).toEqual([
      { type: 'text', text: 'It was 4' },
      { type: 'text', text: '' },
    ])
  })

  test('a stream loses only its usage event if the client did not request usage', async () => {
    const stream = fixture('text-with-usage.sse').toString()
    const usageEvent = stream.split(/(?<=\n\n)/).find((event) => event.includes('"choices":[]')) ?? ''
    for (const depth of ['meter', 'content'] as const) {
      const received = await readResponse(answer([Buffer.from(stream)]), {
        ...streaming(depth),
        swallowsUsage: true,
      })
      const pieces = await piecesOf(received)
      expect(bytesOf(pieces)).toBe(stream.replace(usageEvent, ''))
      expect(pieces.findLast((piece) => piece.usage)?.usage).toMatchObject({
        inputTokens: 14,
        outputTokens: 7,
        cacheReadTokens: 8,
      })
    }
  })

  test.each(['reasoning.sse', 'two-finish-reasons.sse', 'no-done.sse'])(
    'keeps usage that comes with a choice: %s',
    async (name) => {
      const received = await readResponse(answer([fixture(name)]), {
        ...streaming('meter'),
        swallowsUsage: name !== 'no-done.sse',
      })
      expect(bytesOf(await piecesOf(received))).toBe(fixture(name).toString())
    },
  )

  test('a stream has [DONE] in its own terminal piece', async () => {
    for (const depth of ['meter', 'content'] as const) {
      const pieces = await piecesOf(
        await readResponse(answer([fixture('text-with-usage.sse')]), streaming(depth)),
      )
      expect(
        pieces.filter((piece) => piece.isTerminal).map((piece) => Buffer.from(piece.bytes).toString()),
      ).toEqual(['data: [DONE]\n\n'])
      expect(pieces.at(-1)?.isTerminal).toBe(true)
    }
  })

  test('each channel of a stream ends once, with its finish reason', async () => {
    const lasts = (pieces: readonly Piece[]) =>
      pieces.filter((piece) => piece.isLast).map((piece) => piece.channel)
    const reported = async (name: string) =>
      lasts(
        (await piecesOf(await readResponse(answer([fixture(name)]), streaming('content')))).flatMap(
          ({ pieces = [] }) => pieces,
        ),
      )
    expect(await reported('parallel-tool-calls.sse')).toEqual(['choice/0/tool/0', 'choice/0/tool/1'])
    expect(await reported('two-choices.sse')).toEqual(['choice/0/text', 'choice/1/text'])
    expect(await reported('reasoning.sse')).toEqual(['choice/0/text', 'choice/0/reasoning'])
  })

  test('a stream with a finish reason is complete without [DONE], and with neither it is cut', async () => {
    const stream = fixture('no-done.sse')
    expect(await codeOf(piecesOf(await readResponse(answer([stream]), streaming('meter'))))).toBe('ok')
    const events = stream.toString().split(/(?<=\n\n)/)
    for (const depth of ['meter', 'content'] as const) {
      for (const part of [
        events.slice(0, 2).join(''),
        `${events.slice(0, 1).join('')}data: {"choices":[{"del`,
        '',
        ': ping\n\n',
      ]) {
        const received = await readResponse(answer([Buffer.from(part)]), streaming(depth))
        const { bytes, code } = await untilEnd(received)
        expect(code).toBe('upstream-cut')
        // Half an event would run into the error event that follows.
        expect(
          (depth === 'content' ? asRead(part) : part).startsWith(bytes) &&
            (bytes === '' || bytes.endsWith('\n\n')),
        ).toBe(true)
      }
    }
  })

  test('a stream delivers whole events before garbage, then reports the garbage', async () => {
    const events = fixture('text-with-usage.sse')
      .toString()
      .split(/(?<=\n\n)/)
    for (const depth of ['meter', 'content'] as const) {
      const stream = `${events.slice(0, 3).join('')}data: {"choices":[{"finish_reason":"stop"\n\n`
      expect(await untilEnd(await readResponse(answer([Buffer.from(stream)]), streaming(depth)))).toEqual({
        bytes: events.slice(0, 3).join(''),
        code: 'upstream-garbage',
      })
    }
  })

  test('a stream that is an HTML page is garbage under any content type', async () => {
    for (const type of ['text/event-stream', 'text/html', 'text/plain']) {
      const read = async () =>
        piecesOf(
          await readResponse(
            answer([fixture('error-502.html')], 200, { 'content-type': type }),
            streaming('meter'),
          ),
        )
      expect(await codeOf(read())).toBeOneOf(['upstream-garbage', 'upstream-cut'])
    }
  })

  test('a stream that fails midway has the error of the vendor and its kind', async () => {
    for (const depth of ['meter', 'content'] as const) {
      const pieces = await piecesOf(
        await readResponse(answer([fixture('error-mid-stream.sse')]), streaming(depth)),
      )
      const sent = fixture('error-mid-stream.sse').toString()
      expect(bytesOf(pieces)).toBe(depth === 'content' ? asRead(sent) : sent)
      expect(pieces.at(-1)).toMatchObject({
        fault: { kind: 'server', status: 502, isUnbilled: false },
        finish: { unified: 'error' },
      })
    }
  })

  test('an error in a form that SDKs do not know is converted to the form of OpenAI', async () => {
    const odd = 'data: {"object":"error","message":"CUDA out of memory","code":500}\n\n'
    for (const depth of ['meter', 'content'] as const) {
      const bytes = bytesOf(await piecesOf(await readResponse(answer([Buffer.from(odd)]), streaming(depth))))
      expect(JSON.parse(bytes.slice(6)).error.code).toBe('upstream_error')
      expect(bytes).not.toContain('CUDA')
    }
  })
})

test('headers that no SDK exposes are dropped', async () => {
  const received = await readResponse(
    answer([fixture('text.json')], 200, {
      ...json,
      'content-length': '7',
      'set-cookie': 'a=b',
      'openai-organization': 'org',
      'x-ratelimit-remaining-tokens': '5',
      'x-request-id': 'req_1',
      'openai-processing-ms': '12',
      'content-encoding': 'gzip',
    }),
    whole(),
  )
  expect(Object.fromEntries(received.headers)).toEqual({
    'content-type': 'application/json',
    'openai-organization': 'org',
    'openai-processing-ms': '12',
    'x-ratelimit-remaining-tokens': '5',
    'x-request-id': 'req_1',
  })
  expect(received.upstreamId).toBe('req_1')
})

const streaming = (depth: Attempt['depth']) => ({
  dialect,
  provider,
  depth,
  isStreaming: true,
  swallowsUsage: false,
})
const whole = (depth: Attempt['depth'] = 'meter') => ({
  dialect,
  provider,
  depth,
  isStreaming: false,
  swallowsUsage: false,
})

async function piecesOf(received: AttemptResponse): Promise<ResponsePiece[]> {
  const pieces: ResponsePiece[] = []
  for (let piece = await received.next(); piece; piece = await received.next()) pieces.push(piece)
  return pieces
}

const bytesOf = (pieces: readonly ResponsePiece[]) =>
  Buffer.concat(pieces.map(({ bytes }) => Buffer.from(bytes))).toString()

async function text(
  received: AttemptResponse,
  change: (piece: ResponsePiece) => ResponsePiece = (piece) => piece,
): Promise<string> {
  return bytesOf((await piecesOf(received)).map(change))
}

/** A piece with the first occurrence of a text replaced, as a guard would. */
function replacing(piece: ResponsePiece, find: string, replacement: string): ResponsePiece {
  const found = piece.pieces?.find(({ text: read }) => read.includes(find))
  if (!found || !piece.edit) return piece
  const start = found.text.indexOf(find)
  return piece.edit([{ channel: found.channel, start, end: start + find.length, replacement }])
}

function chunksOf(stream: string) {
  return stream
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice(6)))
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'ok'
  } catch (thrown) {
    if (thrown instanceof GatewayError) return thrown.code
    throw thrown
  }
}

async function untilEnd(received: AttemptResponse): Promise<{ bytes: string; code: string }> {
  const pieces: ResponsePiece[] = []
  const read = async () => {
    for (let piece = await received.next(); piece; piece = await received.next()) pieces.push(piece)
  }
  const code = await codeOf(read())
  return { bytes: bytesOf(pieces), code }
}
