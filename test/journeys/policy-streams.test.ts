// Guards on streams: nothing unsafe is released however the text is cut, hidden text is restored whole, and a
// stop is an error that the SDK raises.

import { beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { eventsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let provider: FakeProvider
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

beforeAll(async () => {
  provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
guards:
  personal: { kind: pii, on: [request], action: restore, restoreIn: [arguments] }
  projects: { kind: patterns, on: [request], action: restore, restoreIn: [arguments], options: { patterns: { project: 'project "[a-z]+"' } } }
  hosts: { kind: patterns, on: [response], action: redact, options: { patterns: { host: "[a-z0-9-]+[.]corp[.]example" } } }
  secrets: { kind: patterns, on: [response], action: block, options: { patterns: { key: "AKIA[A-Z0-9]{16}" } } }`
  ;({ gatehouse, client } = await start({ config }))
})

interface Read {
  text: string
  arguments: string
  finish: string | null | undefined
  error: unknown
  exchange: string | null
}

async function read(text: string): Promise<Read> {
  const { data, response } = await client()
    .chat.completions.create({ model: 'fast', messages: said(text), stream: true })
    .withResponse()
  const seen: Read = {
    text: '',
    arguments: '',
    finish: undefined,
    error: undefined,
    exchange: response.headers.get('x-gatehouse-exchange'),
  }
  try {
    for await (const chunk of data) {
      const [choice] = chunk.choices
      seen.text += choice?.delta.content ?? ''
      seen.arguments += choice?.delta.tool_calls?.[0]?.function?.arguments ?? ''
      seen.finish = choice?.finish_reason ?? seen.finish
    }
  } catch (thrown) {
    seen.error = thrown
  }
  return seen
}

const letters = (text: string, every: number) => text.match(new RegExp(`[^]{1,${every}}`, 'gu')) ?? []

test.each([1, 3, 7, 1000])(
  'placeholders in a stream that arrive %d characters at a time are restored',
  async (size) => {
    provider.next(
      behave.sse(chat.stream(letters('I wrote to <EMAIL_1>, then <PHONE_9> < and <EMAIL_1>.', size)), {
        cuts: { every: 100 },
      }),
    )
    const { text, finish } = await read('Write to ann@example.com')
    expect(text).toBe('I wrote to ann@example.com, then <PHONE_9> < and ann@example.com.')
    expect(finish).toBe('stop')
  },
)

test.each([1, 4, 1000])(
  'placeholders in streamed tool arguments are restored with JSON escapes, %d characters at a time',
  async (size) => {
    const delta = (value: object, finish: string | null = null) =>
      chat.event({
        id: 'c',
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta: value, finish_reason: finish }],
      })
    const call = (fields: object) => delta({ tool_calls: [{ index: 0, ...fields }] })
    provider.next(
      behave.sse(
        [
          call({ id: 'call_a', type: 'function', function: { name: 'mail', arguments: '' } }),
          ...letters('{"to":"<EMAIL_1>","about":"<PROJECT_1>, now"}', size).map((part) =>
            call({ function: { arguments: part } }),
          ),
          delta({}, 'tool_calls'),
          'data: [DONE]\n\n',
        ].join(''),
      ),
    )
    const { arguments: written, finish } = await read('Write to ann@example.com about project "apollo"')
    expect(JSON.parse(written)).toEqual({ to: 'ann@example.com', about: 'project "apollo", now' })
    expect(finish).toBe('tool_calls')
  },
)

test.each([1, 5, 1000])('a match in a streamed response is masked, %d characters at a time', async (size) => {
  provider.next(
    behave.sse(chat.stream(letters('Log in at build-7.corp.example or wiki.corp.example!', size))),
  )
  const { text, exchange } = await read('Where?')
  expect(text).toBe('Log in at [host] or [host]!')
  const record = await gatehouse.record(exchange)
  expect(record).toMatchObject({
    outcome: 'ok',
    isRedacted: true,
    findings: { response: { 'pattern/host': 2 } },
  })
})

test.each([1, 6, 1000])(
  'a streamed response with a blocked match ends in an error, with nothing unsafe before it, %d characters at a time',
  async (size) => {
    const received = behave.manual()
    provider.next(received)
    const reading = read('The key?')
    await received.started
    received.head(200, { 'content-type': 'text/event-stream' })
    for (const event of eventsOf(
      chat.stream(letters('Here it is: AKIAABCDEFGHIJKLMNOP, enjoy the rest', size), { isDone: false }),
    ))
      received.push(event)
    const { text, error, exchange, finish } = await reading
    expect('Here it is: ').toStartWith(text)
    expect(error).toBeInstanceOf(OpenAI.APIError)
    expect(error).toMatchObject({ code: 'content_filter' })
    expect(String(error)).not.toContain('AKIA')
    expect(finish).toBeUndefined()
    await received.closed
    const record = await gatehouse.record(exchange)
    expect(record).toMatchObject({
      outcome: 'refused',
      code: 'guard-blocked',
      status: 200,
      findings: { response: { 'pattern/key': 1 } },
      rule: expect.any(String),
    })
    expect(JSON.stringify(record)).not.toContain('AKIA')
  },
)

test('a blocked whole response is a BadRequestError without any of its text', async () => {
  provider.next(behave.json(chat.completion('Here it is: AKIAABCDEFGHIJKLMNOP')))
  const refused = await thrownBy(
    client().chat.completions.create({ model: 'fast', messages: said('The key?') }),
  )
  expect(refused).toBeInstanceOf(OpenAI.BadRequestError)
  expect(refused).toMatchObject({ code: 'content_filter' })
  expect(JSON.stringify(refused)).not.toContain('Here it is')
  const record = await gatehouse.find((one) => one.code === 'guard-blocked' && !one.isStream)
  // the provider has been paid anyway
  expect(record).toMatchObject({
    outcome: 'refused',
    usage: { inputTokens: 11, outputTokens: 7 },
    costNano: '25000',
    costBasis: 'usage',
  })
})

test('guards do not delay streamed text: a word is released before the next one arrives', async () => {
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models: { fast: fake/fake-model }
guards:
  personal: { kind: pii, action: redact }`
  const other = await start({ config })
  const received = behave.manual()
  provider.next(received)
  const asking = other.client().chat.completions.create({ model: 'fast', messages: said('Hi'), stream: true })
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  const words = ['Good ', 'morning, ', 'dear ', 'friend.']
  const [role = '', ...events] = eventsOf(chat.stream(words))
  received.push(role + events.shift() + events.shift())
  let text = ''
  for await (const chunk of await asking) {
    text += chunk.choices[0]?.delta.content ?? ''
    // the next word arrives only after the client has read the previous one
    if (text !== '') for (const event of events.splice(0)) received.push(event)
    if (chunk.choices[0]?.finish_reason) received.end()
  }
  expect(text).toBe('Good morning, dear friend.')
})
