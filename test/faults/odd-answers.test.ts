// Unusual but valid responses: every encoding, framing and spelling that providers use reaches the client
// complete, priced and recorded.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createDeflate, createGzip } from 'node:zlib'
import { behave, type Behavior, chat } from '../upstreams/index.ts'
import { hear, request } from './client.ts'
import { type World, world } from './world.ts'

let here: World
/** The same with a guard that reads every piece of a response and finds nothing. */
let guarded: World
beforeAll(async () => {
  here = await world({ models: 80 })
  guarded = await world({ models: 80, config: 'guards: { personal: { kind: pii, action: redact } }' })
})
afterAll(async () => {
  await here.end()
  await guarded.end()
})

const words = ['Grüße, ', '日本', ' 👩‍🚀', ' "quoted"\n']
const text = words.join('')
const completion = JSON.stringify(chat.completion(text))
const stream = chat.stream(words, { withUsage: true })
/** The stream for a client that has not requested usage. */
const shown = chat.stream(words)

async function good(behavior: Behavior, form: 'whole' | 'streamed'): Promise<void> {
  await Promise.all([here, guarded].map((at) => goodAt(at, behavior, form)))
}

async function goodAt(at: World, behavior: Behavior, form: 'whole' | 'streamed'): Promise<void> {
  const model = at.model()
  at.provider.next(behavior)
  const heard = await hear(at.gatehouse, model, form)
  expect(heard.error).toBeUndefined()
  expect(heard.pieces.join('')).toBe(text)
  expect(heard.finish).toBe('stop')
  expect(await at.gatehouse.record(heard.exchange)).toMatchObject({
    outcome: 'ok',
    status: 200,
    usage: { inputTokens: 11, outputTokens: 7 },
    costNano: '7000000',
    costBasis: 'usage',
    finish: { unified: 'stop', raw: 'stop' },
    attempts: [{ outcome: 'ok' }],
  })
}

/** The bytes that a client gets of a stream. */
async function bytesOf(behavior: Behavior, body: object = {}): Promise<string> {
  here.provider.next(behavior)
  const response = await here.gatehouse.chat({ ...request(here.model()), stream: true, ...body })
  expect(response.status).toBe(200)
  return response.text()
}

describe('a compressed response reaches the client decompressed:', () => {
  for (const encoding of ['gzip', 'br', 'zstd', 'deflate'] as const) {
    test(`${encoding}, whole`, () => good(behave.compressed(completion, encoding), 'whole'))
    test(`${encoding}, streamed`, () =>
      good(behave.compressed(stream, encoding, { contentType: 'text/event-stream' }), 'streamed'))
  }

  for (const [encoding, make] of [
    ['gzip', createGzip],
    ['deflate', createDeflate],
  ] as const) {
    test(`${encoding}, flushed after each event: the client gets each word before the next one is sent`, async () => {
      const heardSo = Array.from({ length: words.length + 1 }, () => Promise.withResolvers<void>())
      const behavior = behave.custom(async (call) => {
        call.head(200, { 'content-type': 'text/event-stream', 'content-encoding': encoding })
        const packer = make()
        packer.on('data', (bytes: Buffer) => void call.push(bytes))
        let sent = 0
        for (const event of stream.split(/(?<=\n\n)/)) {
          packer.write(event)
          await new Promise<void>((resolve) => packer.flush(() => resolve()))
          if (/"content":"[^"]/.test(event)) await heardSo[++sent]?.promise
        }
        await new Promise<void>((resolve) => packer.on('end', resolve).end())
        call.end()
      })
      here.provider.next(behavior)
      const heard = await hear(here.gatehouse, here.model(), 'streamed', (count) => heardSo[count]?.resolve())
      expect(heard.pieces).toEqual(words)
      expect(heard.error).toBeUndefined()
    })
  }
})

describe('labels and framing of a whole response:', () => {
  const all: Record<string, Behavior> = {
    'no content type': behave.text(completion, ''),
    'called plain text': behave.text(completion, 'text/plain; charset=utf-8'),
    'called a stream of bytes': behave.text(completion, 'application/octet-stream'),
    'with white space around': behave.text(`\n ${completion}\r\n`, 'application/json'),
    'in chunks of three bytes': behave.custom(async (call) => {
      call.head(200, { 'content-type': 'application/json' })
      const bytes = Buffer.from(completion)
      for (let at = 0; at < bytes.length; at += 3) await call.push(bytes.subarray(at, at + 3))
      call.end()
    }),
    'ended by closing the connection': behave.custom(async (call) => {
      call.head(200, { 'content-type': 'application/json', 'transfer-encoding': '', connection: 'close' })
      await call.push(completion)
      call.end()
    }),
    'after a 100 Continue': behave.custom((call) => {
      call.raw('HTTP/1.1 100 Continue\r\n\r\n')
      return behave.text(completion, 'application/json').answer(call)
    }),
  }
  for (const [name, behavior] of Object.entries(all)) test(name, () => good(behavior, 'whole'))
})

describe('spellings of a stream:', () => {
  const finishAgain = chat.event({
    id: 'chatcmpl-fake-1',
    object: 'chat.completion.chunk',
    model: 'fake-model',
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
  })
  const usageBefore = chat.event({
    id: 'chatcmpl-fake-1',
    choices: [],
    usage: { prompt_tokens: 900, completion_tokens: 3, total_tokens: 903 },
  })
  const crlf = stream.replaceAll('\n\n', '\r\n\r\n')
  const inLines = (event: string) =>
    event.startsWith('data: {') ? event.replace(',"object"', ',\ndata: "object"') : event
  const all: Record<string, Behavior> = {
    'line ends of CR and LF': behave.sse(crlf),
    'line ends of CR and LF, cut between the two': behave.sse(crlf, { cuts: { every: 1 } }),
    'no space after the colon': behave.sse(stream.replaceAll('data: ', 'data:')),
    'data in several lines': behave.sse(
      stream
        .split(/(?<=\n\n)/)
        .map(inLines)
        .join(''),
    ),
    'comments and pings in between': behave.sse(`: hello\n\n${stream.replaceAll('\n\n', '\n\n: ping\n\n')}`),
    'ids, names and retry hints': behave.sse(stream.replaceAll('data: ', 'id: 7\nretry: 10\ndata: ')),
    'a byte order mark': behave.sse(`\ufeff${stream}`),
    'no [DONE]': behave.sse(chat.stream(words, { withUsage: true, isDone: false })),
    'no blank line at the end': behave.sse(stream.trimEnd()),
    'called plain text': behave.sse(stream, { headers: { 'content-type': 'text/plain' } }),
    'no content type': behave.sse(stream, { headers: { 'content-type': '' } }),
    'with a length': behave.text(stream, 'text/event-stream'),
    'a type with charset in capitals': behave.sse(stream, {
      headers: { 'content-type': 'Text/Event-Stream;charset=UTF-8' },
    }),
    'two finish reasons': behave.sse(
      stream.replace('"finish_reason":"stop"}]}\n\n', (found) => `${found}${finishAgain}`),
    ),
    'usage in every chunk, the last one counts': behave.sse(
      stream.replaceAll(
        '"choices":[{',
        '"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"choices":[{',
      ),
    ),
    'usage twice, the last one counts': behave.sse(
      stream.replace('data: {"id":"chatcmpl-fake-1"', `${usageBefore}data: {"id":"chatcmpl-fake-1"`),
    ),
    'bytes after [DONE]': behave.sse(
      `${stream}data: {"choices":[{"index":0,"delta":{"content":"ghost"}}]}\n\n: bye\n\n`,
    ),
  }
  for (const [name, behavior] of Object.entries(all)) test(name, () => good(behavior, 'streamed'))

  test('a stream that is cut at any byte reaches the client with the same bytes', async () => {
    for (const every of [1, 2, 3, 7, 64, 1000])
      expect(await bytesOf(behave.sse(stream, { cuts: { every } }))).toBe(shown)
  })

  test('a client that requested usage gets the usage event', async () => {
    expect(await bytesOf(behave.sse(stream), { stream_options: { include_usage: true } })).toBe(stream)
  })

  test('comments reach the client, because its proxies need the keep-alive', async () => {
    expect(await bytesOf(behave.sse(`: one\n\n${stream}`))).toBe(`: one\n\n${shown}`)
  })
})

describe('after [DONE]', () => {
  const endless = (piece: string): Behavior =>
    behave.custom(async (call) => {
      call.head(200, { 'content-type': 'text/event-stream' })
      await call.push(stream)
      while (!call.isClosed) {
        if (piece !== '') await call.push(piece)
        await new Promise((resolve) => setImmediate(resolve))
      }
    })

  test('silence after [DONE] ends the client stream at once and the upstream call after a second', async () => {
    await good(endless(''), 'streamed')
    await Promise.all([here, guarded].map((at) => at.provider.settled()))
  })

  test('a flood of bytes after [DONE] ends the client stream at once and the upstream call soon', async () => {
    await good(endless(': more\n\n'.repeat(100)), 'streamed')
    await Promise.all([here, guarded].map((at) => at.provider.settled()))
  })

  test('slow bytes after [DONE] end the client stream at once and the upstream call after a second', async () => {
    await good(
      behave.custom(async (call) => {
        call.head(200, { 'content-type': 'text/event-stream' })
        await call.push(stream)
        const timer = setInterval(() => void call.push(': more\n\n').catch(() => {}), 50)
        await call.closed
        clearInterval(timer)
      }),
      'streamed',
    )
    await Promise.all([here, guarded].map((at) => at.provider.settled()))
  })
})

describe('kept connections', () => {
  test('kept connections are used again after every valid response', async () => {
    const own = await world({ models: 5 })
    const model = own.model()
    for (const form of ['whole', 'streamed', 'whole'] as const)
      expect((await hear(own.gatehouse, model, form)).error).toBeUndefined()
    const calls = own.provider.requests.filter(({ method }) => method === 'POST')
    expect(new Set(calls.map(({ connection }) => connection)).size).toBe(1)
    await own.end()
  })

  test('a kept connection that the provider closed in the meantime fails no call', async () => {
    const own = await world({ models: 5, each: '' })
    const model = own.model()
    for (let round = 0; round < 25; round += 1) {
      const heard = await hear(own.gatehouse, model, round % 2 ? 'whole' : 'streamed')
      expect(heard.error).toBeUndefined()
      own.provider.dropConnections()
    }
    await own.end()
  })

  test('a connection that is closed right after each response fails no call', async () => {
    const own = await world({ models: 5, each: '' })
    const model = own.model()
    own.provider.always(
      behave.custom(async (call) => {
        await behave.text(completion, 'application/json').answer(call)
        call.cut()
      }),
    )
    for (let round = 0; round < 25; round += 1)
      expect((await hear(own.gatehouse, model, 'whole')).pieces).toEqual([text])
    await own.end()
  })

  test('extra bytes of a response do not reach the next call on the connection', async () => {
    const own = await world({ models: 5 })
    const [one, two] = [own.model(), own.model()]
    own.provider.next(
      behave.custom((call) => {
        call.head(200, {
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(completion)),
        })
        call.raw(
          `${completion}HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
        )
      }),
    )
    expect((await hear(own.gatehouse, one, 'whole')).pieces).toEqual([text])
    own.provider.always(behave.text(completion, 'application/json'))
    expect((await hear(own.gatehouse, two, 'whole')).pieces).toEqual([text])
    await own.end()
  })
})
