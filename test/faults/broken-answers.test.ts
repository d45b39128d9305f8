// Broken responses: cut, garbled, empty, mislabeled. Before the first byte the client gets an error status,
// after it an error event. The client never gets a short response that looks complete.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { ErrorCode } from '../../src/contract/errors.ts'
import { behave, type Behavior, chat, type ManualAnswer } from '../upstreams/index.ts'
import { hear } from './client.ts'
import { type World, world } from './world.ts'

let here: World
let guarded: World
beforeAll(async () => {
  here = await world()
  guarded = await world({ models: 10, config: 'guards: { personal: { kind: pii, action: redact } }' })
})
afterAll(async () => {
  await here.end()
  await guarded.end()
})

const megabyte = 1024 * 1024
const completion = JSON.stringify(chat.completion('a whole answer'))
const words = ['Hel', 'lo ', 'the', 're']
const stream = chat.stream(words, { withUsage: true })
const lying = (length: number): Behavior =>
  behave.custom(async (call) => {
    call.head(200, { 'content-type': 'application/json', 'content-length': String(length) })
    call.raw(completion)
    call.cut()
  })

const early: Record<string, [Behavior, ErrorCode, forms?: 'whole' | 'streamed']> = {
  'closes without a word': [behave.closeAtOnce(), 'upstream-cut'],
  'resets the connection': [behave.resetAtOnce(), 'upstream-cut'],
  'speaks another protocol': [behave.garbage(), 'upstream-garbage'],
  'answers half a header': [behave.raw('HTTP/1.1 200 OK\r\ncontent-ty'), 'upstream-cut'],
  'answers a page of HTML with 200': [behave.html(200), 'upstream-garbage'],
  'answers HTML that it calls JSON': [behave.text('<html></html>', 'application/json'), 'upstream-garbage'],
  'answers 200 without a body': [behave.text('', 'application/json'), 'upstream-garbage'],
  'answers 204': [behave.raw('HTTP/1.1 204 No Content\r\n\r\n'), 'upstream-garbage', 'whole'],
  'answers a list': [behave.text('[]', 'application/json'), 'upstream-garbage'],
  'answers an empty object': [behave.json({}), 'upstream-garbage'],
  'answers a list of models': [behave.json(chat.models(['a'])), 'upstream-garbage'],
  'answers half a JSON in whole framing': [
    behave.text(completion.slice(0, 80), 'application/json'),
    'upstream-garbage',
  ],
  'cuts the body': [behave.wholeThenCut(completion, 0.5), 'upstream-cut'],
  'cuts the body before its first byte': [behave.wholeThenCut(completion, 0), 'upstream-cut'],
  'announces more than it sends': [lying(completion.length + 100), 'upstream-cut'],
  'announces less than it sends': [lying(completion.length - 10), 'upstream-garbage'],
  'cuts a compressed body': [behave.compressed(completion, 'gzip', { cutAt: 0.6 }), 'upstream-garbage'],
  'calls text gzip': [
    behave.text(completion, 'application/json', { headers: { 'content-encoding': 'gzip' } }),
    'upstream-garbage',
  ],
  'uses an unknown encoding': [
    behave.text(completion, 'application/json', { headers: { 'content-encoding': 'lzma' } }),
    'upstream-garbage',
  ],
  'answers invalid UTF-8': [
    behave.text(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'application/json'),
    'upstream-garbage',
  ],
  'answers 204 to who asked for a stream': [
    behave.raw('HTTP/1.1 204 No Content\r\n\r\n'),
    'upstream-cut',
    'streamed',
  ],
  'streams nothing': [behave.sse(''), 'upstream-cut', 'streamed'],
  'streams HTML that it calls events': [
    behave.sse('<html><body>Bad gateway</body></html>\n\n'),
    'upstream-garbage',
    'streamed',
  ],
  'streams one half of the first event': [behave.sseThenCut(stream, 60), 'upstream-cut', 'streamed'],
  'streams events that hold no JSON': [
    behave.sse('data: hello\n\ndata: [DONE]\n\n'),
    'upstream-garbage',
    'streamed',
  ],
}

describe.each(['whole', 'streamed'] as const)('asked for a response that is %s, a provider that', (form) => {
  for (const [name, [behavior, code, only = form]] of Object.entries(early)) {
    if (only !== form) continue
    test(`${name}: a 502 with ${code}, and its bound is forgiven, because no usage was reported`, async () => {
      const model = here.model()
      here.provider.next(behavior)
      const { error, exchange, pieces } = await hear(here.gatehouse, model, form)
      expect(pieces).toEqual([])
      expect(error).toMatchObject({ status: 502, type: 'upstream_error', code: code.replaceAll('-', '_') })
      expect(await here.gatehouse.record(exchange)).toMatchObject({
        outcome: 'failed',
        status: 502,
        code,
        costNano: '0',
        costBasis: 'forgiven',
        forgivenNano: '20000000',
        attempts: [{ outcome: 'failed', code, costBasis: 'forgiven' }],
      })
      await here.provider.settled()
    })
  }
})

const role = chat.stream([]).slice(0, chat.stream([]).indexOf('\n\n') + 2)
const upTo = (pieces: number) =>
  stream.slice(0, stream.indexOf('\n\n', stream.indexOf(`"content":"${words[pieces - 1]}"`)) + 2)

/**
 * How a stream continues after `pieces` words. The client has received these words by then, because bytes
 * that arrive together with the end may be lost with it.
 */
const late: Record<string, [pieces: number, then: (response: ManualAnswer) => unknown, code: ErrorCode]> = {
  'is cut between two events': [2, (response) => response.cut(), 'upstream-cut'],
  'is cut in the middle of an event': [
    2,
    (response) => [response.push('data: {"choices":[{"in'), response.cut()],
    'upstream-cut',
  ],
  'is reset in the middle of an event': [
    2,
    (response) => [response.push('data: {"choices":[{"in'), response.reset()],
    'upstream-cut',
  ],
  'ends well-framed without finish and [DONE]': [3, (response) => response.end(), 'upstream-cut'],
  'ends well-framed in the middle of an event': [
    3,
    (response) => [response.push('data: {"choices":[{"in'), response.end()],
    'upstream-cut',
  ],
  'says nothing but comments and ends': [
    0,
    (response) => [response.push(': ping\n\n: ping\n\n'), response.end()],
    'upstream-cut',
  ],
  'turns into HTML': [1, (response) => response.push('data: <html>\n\n'), 'upstream-garbage'],
  'turns into half a JSON': [
    1,
    (response) => response.push('data: {"choices":[{"index":0,\n\n'),
    'upstream-garbage',
  ],
  'turns into a list': [1, (response) => response.push('data: []\n\n'), 'upstream-garbage'],
  'breaks its chunked framing': [
    2,
    (response) => response.raw('this is no chunk size\r\n'),
    'upstream-garbage',
  ],
}

describe('an endless response is canceled at the size bound', () => {
  test('an endless whole response is a 502, and the provider is stopped', async () => {
    const model = here.model()
    here.provider.next(behave.huge(200 * megabyte))
    const { error, exchange } = await hear(here.gatehouse, model, 'whole')
    expect(error).toMatchObject({ status: 502, code: 'upstream_garbage' })
    await here.provider.settled()
    expect(await here.gatehouse.record(exchange)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-garbage',
      costBasis: 'forgiven',
    })
  })

  test('an endless event of a stream gives an error event, and the provider is stopped', async () => {
    const model = here.model()
    here.provider.next(
      behave.custom(async (call) => {
        call.head(200, { 'content-type': 'text/event-stream' })
        await call.push(`${upTo(1)}data: "`)
        const piece = 'x'.repeat(megabyte / 4)
        while (!call.isClosed) await call.push(piece)
      }),
    )
    const { pieces, error, exchange } = await hear(here.gatehouse, model, 'streamed')
    expect(pieces).toEqual(words.slice(0, 1))
    expect(error).toMatchObject({ code: 'upstream_garbage' })
    await here.provider.settled()
    expect(await here.gatehouse.record(exchange)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-garbage',
      costBasis: 'forgiven',
    })
  })
})

describe('a stream that', () => {
  for (const [name, [pieces, then, code]] of Object.entries(late)) {
    test(`${name}: the client gets the words so far, then raises an error`, async () => {
      const model = here.model()
      const response = behave.manual()
      here.provider.next(response)
      const hearing = hear(here.gatehouse, model, 'streamed', (count) => {
        if (count === pieces) then(response)
      })
      await response.started
      response.head(200, { 'content-type': 'text/event-stream' })
      response.push(pieces === 0 ? role : upTo(pieces))
      if (pieces === 0) then(response)
      const heard = await hearing
      expect(heard.pieces).toEqual(words.slice(0, pieces))
      expect(heard.finish).toBeUndefined()
      expect(heard.error).toMatchObject({ type: 'upstream_error', code: code.replaceAll('-', '_') })
      expect(await here.gatehouse.record(heard.exchange)).toMatchObject({
        outcome: 'failed',
        status: 200,
        code,
        costBasis: 'forgiven',
        attempts: [{ outcome: 'failed', code }],
      })
      await here.provider.settled()
    })
  }

  test('an error event of the provider in mid-stream is raised by the client and ends the stream', async () => {
    const model = here.model()
    here.provider.next(
      behave.sse(
        `${upTo(2)}${chat.event(chat.error('the model fell over', 'server_error', 'overloaded'))}data: [DONE]\n\n`,
      ),
    )
    const heard = await hear(here.gatehouse, model, 'streamed')
    expect(heard.pieces).toEqual(words.slice(0, 2))
    expect(heard.error).toMatchObject({ type: 'server_error', code: 'overloaded' })
    expect(await here.gatehouse.record(heard.exchange)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-error',
      costBasis: 'forgiven',
    })
  })

  test('a stream that begins with an error counts as a response with an error status', async () => {
    const model = here.model()
    here.provider.next(
      behave.sse(
        `${chat.event({ error: { message: 'too many', type: 'rate_limit_error', code: 429 } })}data: [DONE]\n\n`,
      ),
    )
    const heard = await hear(here.gatehouse, model, 'streamed')
    expect(heard.pieces).toEqual([])
    expect(heard.error).toBeDefined()
    expect(await here.gatehouse.record(heard.exchange)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-error',
      attempts: [{ status: 429, fault: 'rate-limit' }],
    })
  })

  test('if a stream fails before its first word, the next target responds, without an error', async () => {
    const fallback = await world({ models: 5, each: 'retry: { attempts: 2, within: 5s }' })
    const model = fallback.model()
    fallback.provider.next(behave.sseThenCut(stream, role.length + 10), behave.sse(stream))
    const heard = await hear(fallback.gatehouse, model, 'streamed')
    expect(heard).toMatchObject({ pieces: words, finish: 'stop' })
    expect(heard.error).toBeUndefined()
    expect(await fallback.gatehouse.record(heard.exchange)).toMatchObject({
      outcome: 'ok',
      attempts: [
        { outcome: 'failed', code: 'upstream-cut', costBasis: 'forgiven' },
        { outcome: 'ok', costBasis: 'usage' },
      ],
    })
    await fallback.end()
  })

  test('if a stream fails after its first word, no other target is called, to prevent repeated text', async () => {
    const fallback = await world({ models: 5, each: 'retry: { attempts: 3, within: 5s }' })
    const model = fallback.model()
    const response = behave.manual()
    fallback.provider.next(response)
    const hearing = hear(fallback.gatehouse, model, 'streamed', () => response.cut())
    await response.started
    response.head(200, { 'content-type': 'text/event-stream' })
    response.push(upTo(1))
    const heard = await hearing
    expect(heard.pieces).toEqual(words.slice(0, 1))
    expect(heard.error).toMatchObject({ code: 'upstream_cut' })
    expect((await fallback.gatehouse.record(heard.exchange)).attempts).toHaveLength(1)
    expect(fallback.provider.requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
    await fallback.end()
  })
})

describe('with a guard that reads the response, a stream that', () => {
  const broken: Record<string, [Behavior, ErrorCode]> = {
    'ends without finish and [DONE]': [behave.sse(upTo(3)), 'upstream-cut'],
    'ends in the middle of an event': [behave.sse(`${upTo(3)}data: {"choices":[{"in`), 'upstream-cut'],
    'turns into half a JSON': [behave.sse(`${upTo(3)}data: {"choices":[{"index":0,\n\n`), 'upstream-garbage'],
    'turns into HTML': [behave.sse(`${upTo(3)}data: <html>\n\n`), 'upstream-garbage'],
    'says an error': [
      behave.sse(`${upTo(3)}${chat.event(chat.error('fell over', 'server_error'))}`),
      'upstream-error',
    ],
  }

  test.each(Object.entries(broken))(
    '%s: the stream ends with an error, even if the guard held text back',
    async (_, [behavior, code]) => {
      const model = guarded.model()
      guarded.provider.next(behavior)
      const heard = await hear(guarded.gatehouse, model, 'streamed')
      expect(words.join('')).toStartWith(heard.pieces.join(''))
      expect(heard.finish).toBeUndefined()
      expect(heard.error).toBeDefined()
      expect(await guarded.gatehouse.record(heard.exchange)).toMatchObject({
        outcome: 'failed',
        code,
        costBasis: 'forgiven',
      })
      await guarded.provider.settled()
    },
  )
})
