import { afterAll, describe, expect, test } from 'bun:test'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import type { RequestJob } from '../../src/traffic/llm/translate/jobs.ts'
import { longBody, TranslationThreads } from '../../src/traffic/llm/translate/threads.ts'
import { vendors } from '../../src/traffic/llm/providers/vendors.ts'
import { pairs, question } from '../doors/doors.ts'
import { type Answer, hello, room } from '../doors/room.ts'
import { tellers } from '../doors/telling.ts'

const clock = createFakeClock()
const threads = new TranslationThreads({ clock, most: 2 })
/** Threads end after a minute without work. */
afterAll(() => clock.advance(60_000))

const long = 'It is a long story. '.repeat(20_000)
const translated = pairs.filter(([front, back]) => front !== back)

/** Values that are generated anew each time. */
const settled = (text: string) =>
  text.replaceAll(/[A-Za-z0-9]{24}/g, '@').replaceAll(/"created(?:_at)?":\d+/g, '"created":0')

const tools: Readonly<Record<GenerateDialect, object>> = {
  'openai-chat': {
    tools: [
      { type: 'function', function: { name: 'files/read', parameters: { type: 'object', properties: {} } } },
    ],
  },
  'openai-responses': {
    tools: [{ type: 'function', name: 'files/read', parameters: { type: 'object', properties: {} } }],
    instructions: 'Be kind.',
  },
  'anthropic-messages': {
    tools: [{ name: 'files_read', input_schema: { type: 'object', properties: {} } }],
    top_k: 3,
  },
  gemini: {
    tools: [
      { functionDeclarations: [{ name: 'files.read', parameters: { type: 'object', properties: {} } }] },
    ],
  },
}

test('a stop ends idle threads immediately and fails the remaining jobs', async () => {
  const started: Worker[] = []
  const few = new TranslationThreads({
    clock,
    most: 1,
    newWorker() {
      const worker = new Worker(new URL('../../src/traffic/llm/translate/thread.ts', import.meta.url).href)
      started.push(worker)
      return worker
    },
  })
  const there = room({ answer: streamable, threads: few })
  const [front = 'openai-chat', back = 'gemini'] = translated[0] ?? []
  expect((await there.call(front, back, question[front](long))).status).toBe(200)
  const ended = Promise.withResolvers<void>()
  started[0]?.addEventListener('close', () => ended.resolve())
  few.close()
  await ended.promise
  expect(started).toHaveLength(1)

  const left = there.call(front, back, question[front](long))
  few.close()
  expect((await left).status).toBe(500)
})

describe.each(translated)('a long body from %s to %s', (front, back) => {
  test.each([false, true])(
    'a long body gets the same translation in a thread as without (stream: %p)',
    async (isStreaming) => {
      const body = question[front](long, isStreaming, tools[front])
      const seen = []
      for (const there of [room({ answer: streamable }), room({ answer: streamable, threads })]) {
        const { status, headers, text } = await there.call(front, back, body, isStreaming)
        const [sent] = there.sent
        seen.push({
          status,
          losses: headers.get('x-gatehouse-losses'),
          text: settled(text),
          path: sent?.path,
          body: String(Buffer.from(sent?.body ?? '')),
        })
      }
      const [plain, threaded] = seen
      expect(threaded).toEqual(plain)
      expect(plain?.status).toBe(200)
      expect(plain?.body.length).toBeGreaterThan(longBody)
    },
  )

  test('a long response is the same in a thread as without', async () => {
    const received = (): Answer => ({
      chunks: [JSON.stringify(tellers[back]['text']?.([long]).whole)],
      isStream: false,
    })
    const [plain, threaded] = [room({ answer: received }), room({ answer: received, threads })]
    const one = await plain.call(front, back, question[front]('Hi'))
    const other = await threaded.call(front, back, question[front]('Hi'))
    expect([other.status, settled(other.text)]).toEqual([200, settled(one.text)])
    expect(other.text).toContain(long)
  })
})

function streamable(call: Parameters<typeof hello>[0]): Answer {
  if (!call.isStreaming) return hello(call)
  const back = generateDialects.find((name) => name === call.dialect) ?? 'openai-chat'
  return { chunks: [tellers[back]['text']?.(['Hello.']).stream ?? ''], isStream: true }
}

describe('an invalid long body', () => {
  test.each([
    [
      'a role that is none',
      { messages: [{ role: 'nobody', content: long }] },
      'bad-request',
      'messages[0].role',
    ],
    [
      'what the target cannot carry',
      { messages: [{ role: 'user', content: long }], logit_bias: { 1: 1 } },
      'unsupported',
      'logit_bias',
    ],
  ])('is told by name from a thread: %s', async (_name, more, code, param) => {
    const there = room({ answer: hello, threads })
    const { status, thrown } = await there.call(
      'openai-chat',
      'anthropic-messages',
      question['openai-chat']('', false, more),
    )
    expect([status, thrown?.code, thrown?.details.param]).toEqual([400, code as never, param])
    expect(there.sent).toEqual([])
  })
})

test('every vendor-specific setting can be passed to a thread', () => {
  const known = vendors.flatMap(({ departures }) => departures ?? [])
  expect(known.length).toBeGreaterThan(5)
  for (const departures of known) expect(structuredClone(departures)).toEqual(departures)
})

const job = (text: string): RequestJob => ({
  kind: 'request',
  route: {
    front: 'openai-chat',
    backs: ['anthropic-messages'],
    departures: { usageInStream: true, unbilledErrors: 'none' },
    target: 'inside/model',
  },
  call: {
    path: '/chat/completions',
    body: Buffer.from(JSON.stringify(question['openai-chat'](text))),
    headers: [],
    isStreaming: false,
  },
  target: { model: 'model', maxOutputTokens: 100 },
})
const never = new AbortController().signal

/** Counts the created threads. */
function counting(newWorker: () => Worker, most: number) {
  const made: Worker[] = []
  const time = createFakeClock()
  const pool = new TranslationThreads({
    clock: time,
    most,
    newWorker() {
      const worker = newWorker()
      made.push(worker)
      return worker
    },
  })
  return { pool, made, time }
}
const real = () => new Worker(new URL('../../src/traffic/llm/translate/thread.ts', import.meta.url).href)
const dying = () => new Worker(new URL('./threads/dying.ts', import.meta.url).href)
const silent = () => new Worker(new URL('./threads/silent.ts', import.meta.url).href)

describe('threads', () => {
  test('threads start on demand up to their limit, and end after a minute without work', async () => {
    const { pool, made, time } = counting(real, 2)
    expect(made.length).toBe(0)
    await pool.prepare(job('one'), never)
    await pool.prepare(job('two'), never)
    expect(made.length).toBe(1)
    const many = await Promise.all(
      Array.from({ length: 12 }, (_, index) => pool.prepare(job(`text ${index}`), never)),
    )
    expect(made.length).toBe(2)
    expect(
      many.map(({ encoded }) => JSON.parse(Buffer.from(encoded.body).toString()).messages[0].content[0].text),
    ).toEqual(many.map((_, index) => `text ${index}`))
    const ended = made.map((worker) => new Promise((resolve) => worker.addEventListener('close', resolve)))
    time.advance(60_000)
    await Promise.all(ended)
    await pool.prepare(job('again'), never)
    expect(made.length).toBe(3)
    time.advance(60_000)
  })

  test('a thread that dies fails its call with "internal", and the next call gets another thread', async () => {
    const workers = [dying, real]
    const { pool, made, time } = counting(() => (workers.shift() ?? real)(), 1)
    const [first, second] = await Promise.allSettled([
      pool.prepare(job('one'), never),
      pool.prepare(job('two'), never),
    ])
    expect(first).toMatchObject({ status: 'rejected', reason: { code: 'internal' } })
    expect(second).toMatchObject({ status: 'fulfilled' })
    expect(made.length).toBe(2)
    time.advance(60_000)
  })

  test('a stopped call releases its thread, whether its job waits or runs', async () => {
    const { pool, made } = counting(silent, 1)
    const stop = { running: new AbortController(), waiting: new AbortController() }
    const calls = [
      pool.prepare(job('one'), stop.running.signal),
      pool.prepare(job('two'), stop.waiting.signal),
    ]
    const late = pool.prepare(job('three'), AbortSignal.abort(new Error('left before')))
    stop.waiting.abort(new Error('left while waiting'))
    stop.running.abort(new Error('left while running'))
    expect(
      (await Promise.allSettled([...calls, late])).map(
        (each) => each.status === 'rejected' && String(each.reason),
      ),
    ).toEqual(['Error: left while running', 'Error: left while waiting', 'Error: left before'])
    expect(made.length).toBe(1)
    for (const worker of made) worker.terminate()
  })

  test('threads keep the event loop free: 8 MB cost the main thread only a copy', async () => {
    const { pool, time } = counting(real, 1)
    await pool.prepare(job('it starts'), never)
    const asked = job(long.repeat(20))
    let cpuMs = Number.POSITIVE_INFINITY
    // the best of several, because memory is slow on a busy machine
    for (let round = 0; round < 4 && cpuMs > 100; round += 1) {
      const before = process.threadCpuUsage()
      await pool.prepare(asked, never)
      const { user, system } = process.threadCpuUsage(before)
      cpuMs = Math.min(cpuMs, (user + system) / 1000)
    }
    expect(cpuMs).toBeLessThan(100)
    time.advance(60_000)
  })

  test.each([
    ['a short call', 'Hi', 'Hello.', 0],
    ['a long request', long, 'Hello.', 1],
    ['a long response', 'Hi', long, 1],
  ])('are for long bodies: %s', async (_name, asked, said, threadsMade) => {
    const { pool, made, time } = counting(real, 1)
    const received = (): Answer => ({
      chunks: [JSON.stringify(tellers['anthropic-messages']['text']?.([said]).whole)],
      isStream: false,
    })
    const { status } = await room({ answer: received, threads: pool }).call(
      'openai-chat',
      'anthropic-messages',
      question['openai-chat'](asked),
    )
    expect([status, made.length]).toEqual([200, threadsMade])
    time.advance(60_000)
  })
})
