// Which failures fall back to the next target, which do not, and what the client and the record show.

import { beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { behave, type Behavior, chat, closedPort, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, eventsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
const clock = createFakeClock()
let first: FakeProvider
let second: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

const triggers = ['error', 'timeout', 'rate-limit', 'context-window', 'content-policy', 'credential']

beforeAll(async () => {
  first = await newProvider()
  second = await newProvider()
  const price = 'price: { input: 1, output: 2 }'
  const model = (name: string, provider: string, fallbackOn: readonly string[]) =>
    `  ${name}: { targets: [ { target: ${provider}/${name}, ${price} }, { target: second/${name}, ${price} } ], fallbackOn: [ ${fallbackOn.join(', ')} ], retry: { attempts: 1 } }`
  const config = `providers:
  first: { kind: openai-compatible, url: "${first.url}", key: sk-first, timeouts: { firstToken: 10s, idle: 5s } }
  second: { kind: openai-compatible, url: "${second.url}", key: sk-second }
  nobody: { kind: openai-compatible, url: "${await closedPort()}", key: sk-nobody }
models:
${triggers
  .flatMap((trigger) => [
    model(`only-${trigger}`, 'first', [trigger]),
    model(
      `not-${trigger}`,
      'first',
      triggers.filter((other) => other !== trigger),
    ),
  ])
  .join('\n')}
${model('usual', 'first', ['error', 'timeout', 'rate-limit'])}
${model('stream', 'first', ['error', 'timeout', 'rate-limit'])}
${model('cut', 'first', ['error', 'timeout', 'rate-limit'])}
${model('late', 'first', ['error', 'timeout', 'rate-limit'])}
${model('idle', 'first', ['error', 'timeout', 'rate-limit'])}
${model('dead', 'nobody', ['error'])}`
  ;({ gatehouse, client } = await start({ config, clock }))
})

interface Outcome {
  status: number
  exchange: string | null
  target: string | null
  body: { error?: { message: string; code: string } }
}

async function ask(model: string): Promise<Outcome> {
  const response = await gatehouse.chat({ model, messages: said('Hi') })
  const { headers, status } = response
  return {
    status,
    exchange: headers.get('x-gatehouse-exchange'),
    target: headers.get('x-gatehouse-target'),
    body: (await response.json()) as Outcome['body'],
  }
}

const troubles: Record<string, { behavior: Behavior; status: number; fault: string }> = {
  error: { behavior: behave.error(500, { message: 'boom' }), status: 500, fault: 'server' },
  'rate-limit': {
    behavior: behave.error(429, { code: 'rate_limit_exceeded', message: 'slow down' }),
    status: 429,
    fault: 'rate-limit',
  },
  'context-window': {
    behavior: behave.error(400, { code: 'context_length_exceeded', message: 'too long' }),
    status: 400,
    fault: 'context-window',
  },
  'content-policy': {
    behavior: behave.error(400, { code: 'content_filter', message: 'filtered' }),
    status: 400,
    fault: 'content-policy',
  },
  credential: {
    behavior: behave.error(401, { message: 'Incorrect API key provided: sk-fir*t' }),
    status: 502,
    fault: 'credential',
  },
}

test.each(Object.keys(troubles))(
  'with only the trigger %s, such a failure falls back to the next target',
  async (trigger) => {
    const trouble = troubles[trigger]
    if (!trouble) throw new Error('no such trouble')
    first.next(trouble.behavior)
    const { status, target, exchange } = await ask(`only-${trigger}`)
    expect([status, target]).toEqual([200, `second/only-${trigger}`])
    const record = await gatehouse.record(exchange)
    expect(record).toMatchObject({ outcome: 'ok', status: 200, target: `second/only-${trigger}` })
    expect(
      record.attempts.map(({ number, target: tried, outcome, fault }) => [number, tried, outcome, fault]),
    ).toEqual([
      [1, `first/only-${trigger}`, 'failed', trouble.fault],
      [2, `second/only-${trigger}`, 'ok', undefined],
    ])
    expect(BigInt(record.costNano ?? -1)).toBe(
      record.attempts.reduce((sum, attempt) => sum + BigInt(attempt.costNano ?? 0), 0n),
    )
  },
)

test.each(Object.keys(troubles))(
  'with every trigger but %s, such a failure does not fall back',
  async (trigger) => {
    const trouble = troubles[trigger]
    if (!trouble) throw new Error('no such trouble')
    const before = chatsOf(second).length
    first.next(trouble.behavior)
    const { status, exchange, body } = await ask(`not-${trigger}`)
    expect(status).toBe(trouble.status)
    expect(chatsOf(second)).toHaveLength(before)
    const record = await gatehouse.record(exchange)
    expect(record).toMatchObject({ outcome: 'failed', status: trouble.status })
    expect(record.attempts).toMatchObject([{ target: `first/not-${trigger}`, fault: trouble.fault }])
    // the caller cannot fix our credential, and must not see the vendor's message about it
    if (trigger === 'credential') {
      expect(body.error?.code).toBe('upstream_credential')
      expect(body.error?.message).not.toContain('sk-')
    } else expect(body).toEqual(JSON.parse(JSON.stringify(body)))
  },
)

test('a request that is invalid everywhere is not tried elsewhere, and the client gets the provider’s message', async () => {
  const before = chatsOf(second).length
  first.next(behave.error(422, { message: 'temperature must be below 2', code: 'out_of_range' }))
  const { status, body } = await ask('usual')
  expect([status, body.error]).toEqual([
    422,
    expect.objectContaining({ message: 'temperature must be below 2', code: 'out_of_range' }),
  ])
  expect(chatsOf(second)).toHaveLength(before)
})

test('a call to a provider that is silent for longer than its timeout falls back to the next target', async () => {
  const received = behave.manual()
  first.next(received)
  const asking = ask('only-timeout')
  await received.started
  clock.advance(10_000)
  const { target, exchange } = await asking
  expect(target).toBe('second/only-timeout')
  await received.closed
  expect((await gatehouse.record(exchange)).attempts).toMatchObject([
    { outcome: 'failed', code: 'upstream-timeout' },
    { outcome: 'ok' },
  ])

  const other = behave.manual()
  first.next(other)
  const waiting = ask('not-timeout')
  await other.started
  clock.advance(10_000)
  const { status, body } = await waiting
  expect([status, body.error?.code]).toEqual([504, 'upstream_timeout'])
})

test('a provider that accepts no connection received nothing and costs nothing', async () => {
  const { target, exchange } = await ask('dead')
  expect(target).toBe('second/dead')
  expect((await gatehouse.record(exchange)).attempts).toMatchObject([
    {
      target: 'nobody/dead',
      outcome: 'not-sent',
      code: 'upstream-unreachable',
      costBasis: 'free',
      costNano: '0',
    },
    { outcome: 'ok' },
  ])
})

async function streamed(
  model: string,
): Promise<{ text: string; error: unknown; exchange: string | null; target: string | null }> {
  const { data, response } = await client()
    .chat.completions.create({ model, messages: said('Hi'), stream: true })
    .withResponse()
  let text = ''
  let error: unknown
  try {
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? ''
  } catch (thrown) {
    error = thrown
  }
  return {
    text,
    error,
    exchange: response.headers.get('x-gatehouse-exchange'),
    target: response.headers.get('x-gatehouse-target'),
  }
}

const streamError = chat.event(chat.error('the engine is overloaded', 'server_error', 'overloaded'))
const [role = ''] = eventsOf(chat.stream([]))

test.each([
  ['an error event at once', streamError],
  ['an error event after the role', `${role}${streamError}`],
])('%s, inside of a 200 stream, falls back', async (_, events) => {
  first.next(behave.sse(events))
  const { text, error, target, exchange } = await streamed('stream')
  expect([text, error, target]).toEqual(['Hello from the fake provider.', undefined, 'second/stream'])
  const record = await gatehouse.record(exchange)
  expect(record.attempts).toMatchObject([
    { target: 'first/stream', outcome: 'failed' },
    { target: 'second/stream', outcome: 'ok' },
  ])
})

test('an error event after the first word does not fall back: the client has read that word', async () => {
  const before = chatsOf(second).length
  first.next(
    behave.sse(
      `${eventsOf(chat.stream(['Hel']))
        .slice(0, 2)
        .join('')}${streamError}`,
    ),
  )
  const { text, error, target, exchange } = await streamed('late')
  expect([text, target]).toEqual(['Hel', 'first/late'])
  expect(error).toBeInstanceOf(OpenAI.APIError)
  expect(chatsOf(second)).toHaveLength(before)
  expect(await gatehouse.record(exchange)).toMatchObject({
    outcome: 'failed',
    code: 'upstream-error',
    attempts: [{ number: 1, outcome: 'failed', fault: 'overloaded' }],
  })
})

test('a stream that is cut before its first word falls back', async () => {
  first.next(behave.sseThenCut(chat.stream(['Hello']), role.length))
  const { text, target } = await streamed('cut')
  expect([text, target]).toEqual(['Hello from the fake provider.', 'second/cut'])
})

test('a stream that stops sending after its first words ends in an error, and no other target is called', async () => {
  const before = chatsOf(second).length
  const received = behave.manual()
  first.next(received)
  const reading = client()
    .chat.completions.create({ model: 'idle', messages: said('Hi'), stream: true })
    .withResponse()
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  received.push(
    eventsOf(chat.stream(['Hel']))
      .slice(0, 2)
      .join(''),
  )
  const { data, response } = await reading
  let text = ''
  const read = async () => {
    for await (const chunk of data) {
      text += chunk.choices[0]?.delta.content ?? ''
      if (text === 'Hel') setImmediate(() => clock.advance(5_000))
    }
  }
  const error = await thrownBy(read())
  expect([text, (error as { code?: string }).code]).toEqual(['Hel', 'upstream_timeout'])
  await received.closed
  expect(chatsOf(second)).toHaveLength(before)
  expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
    outcome: 'failed',
    code: 'upstream-timeout',
  })
})
