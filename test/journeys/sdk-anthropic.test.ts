// Anthropic's official SDK, pointed at Gatehouse: with Anthropic, and with a provider of OpenAI's dialect.

import Anthropic from '@anthropic-ai/sdk'
import { beforeAll, describe, expect, test } from 'bun:test'
import { anthropic } from '../upstreams/anthropic.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let claude: FakeProvider
let open: FakeProvider
let gatehouse: Scene['gatehouse']

beforeAll(async () => {
  claude = await newProvider()
  open = await newProvider()
  const config = `providers:
  claude: { kind: anthropic, url: "${claude.url.replace(/\/v1$/, '')}", key: sk-ant-upstream }
  open: { kind: openai-compatible, url: "${open.url}", key: sk-upstream }
models:
  sonnet: { targets: [ claude/claude-sonnet-4-5 ], retry: { attempts: 1 } }
  gpt: { targets: [ open/fake-model ], retry: { attempts: 1 } }
  claude-failing: { targets: [ claude/failing ], retry: { attempts: 1 } }
  open-failing: { targets: [ open/failing ], retry: { attempts: 1 } }
  claude-breaking: { targets: [ claude/breaking ], retry: { attempts: 1 } }
  open-breaking: { targets: [ open/breaking ], retry: { attempts: 1 } }
  poor: { targets: [ { target: open/poor, price: { input: 1, output: 1 } } ] }
teams:
  testers: { allow: { models: ["*", "*/*"] } }
  paupers: { allow: { models: ["poor"] }, budgets: [ { amount: 0.000001, per: total } ] }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  pauper: { team: paupers, secret: "gh_pauper-key-that-is-no-secret-0123456789" }
`
  ;({ gatehouse } = await start({ config }))
})

const sdk = (options: ConstructorParameters<typeof Anthropic>[0] = {}) =>
  new Anthropic({ apiKey: gatehouse.key, baseURL: gatehouse.url, maxRetries: 0, ...options })

const ask = (model: string) => ({ model, max_tokens: 100, messages: said('Hi') })

const tools: Anthropic.Tool[] = [
  { name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } } } },
]

describe.each(['sonnet', 'gpt'])('with the model %s', (model) => {
  test('Anthropic’s SDK creates a message', async () => {
    if (model === 'sonnet') claude.next(behave.json(anthropic.message('Hello.')))
    else open.next(behave.json(chat.completion('Hello.')))
    const message = await sdk().messages.create(ask(model))
    expect(message.content).toMatchObject([{ type: 'text', text: 'Hello.' }])
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      stop_reason: 'end_turn',
      usage: { input_tokens: 11, output_tokens: 7 },
    })
  })

  test('Anthropic’s SDK assembles a stream with the last counts', async () => {
    if (model === 'sonnet') claude.next(behave.sse(anthropic.stream('Hello there.'), { cuts: { every: 13 } }))
    else
      open.next(behave.sse(chat.stream(['Hello ', 'there.'], { withUsage: true }), { cuts: { every: 13 } }))
    const stream = sdk().messages.stream(ask(model))
    let text = ''
    stream.on('text', (delta) => void (text += delta))
    const message = await stream.finalMessage()
    expect(text).toBe('Hello there.')
    expect(message.content).toMatchObject([{ type: 'text', text: 'Hello there.' }])
    expect(message).toMatchObject({ stop_reason: 'end_turn', usage: { input_tokens: 11, output_tokens: 7 } })
  })

  test('Anthropic’s SDK assembles a streamed tool call', async () => {
    const input = { city: 'Oslo' }
    if (model === 'sonnet')
      claude.next(
        behave.sse(
          anthropic.stream([{ type: 'tool_use', id: 'toolu_1', name: 'weather', input }], {
            stop: 'tool_use',
          }),
        ),
      )
    else {
      const delta = (value: object, finish: string | null = null) =>
        chat.event({
          id: 'c',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'm',
          choices: [{ index: 0, delta: value, finish_reason: finish }],
        })
      const call = (fields: object) => delta({ tool_calls: [{ index: 0, ...fields }] })
      const parts = [
        call({ id: 'toolu_1', type: 'function', function: { name: 'weather', arguments: '{"ci' } }),
        call({ function: { arguments: 'ty":"Oslo"}' } }),
      ]
      open.next(behave.sse(`${parts.join('')}${delta({}, 'tool_calls')}data: [DONE]\n\n`))
    }
    const message = await sdk()
      .messages.stream({ ...ask(model), tools })
      .finalMessage()
    expect(message.content).toMatchObject([{ type: 'tool_use', id: 'toolu_1', name: 'weather', input }])
    expect(message.stop_reason).toBe('tool_use')
  })

  test('Anthropic’s SDK counts tokens', async () => {
    if (model === 'sonnet') claude.next(behave.json({ input_tokens: 12 }))
    const { input_tokens: count } = await sdk().messages.countTokens({ model, messages: said('Hi') })
    expect(count).toBeGreaterThan(5)
  })
})

test('Anthropic’s SDK raises typed errors: a wrong key, an unknown model, a bad request, a spent budget', async () => {
  const refused = (client: Anthropic, model = 'gpt', more: object = {}) =>
    thrownBy(client.messages.create({ ...ask(model), ...more }))
  expect(await refused(sdk({ apiKey: 'gh_wrong' }))).toBeInstanceOf(Anthropic.AuthenticationError)
  expect(await refused(sdk(), 'nothing')).toBeInstanceOf(Anthropic.NotFoundError)
  expect(await refused(sdk(), 'gpt', { temperature: 'hot' })).toBeInstanceOf(Anthropic.BadRequestError)
  expect(await refused(sdk({ apiKey: 'gh_pauper-key-that-is-no-secret-0123456789' }), 'poor')).toMatchObject({
    status: 402,
    type: 'billing_error',
  })
})

test.each(['claude', 'open'])('typed errors of the provider %s, with the time to wait', async (name) => {
  const upstream = name === 'claude' ? claude : open
  const body =
    name === 'claude'
      ? anthropic.error('rate_limit_error', 'Slow down.')
      : chat.error('Slow down.', 'rate_limit_error')
  upstream.next(behave.json(body, { status: 429, headers: { 'retry-after': '3' } }))
  const error = await thrownBy(sdk().messages.create(ask(`${name}-failing`)))
  expect(error).toBeInstanceOf(Anthropic.RateLimitError)
  expect((error as InstanceType<typeof Anthropic.RateLimitError>).headers.get('retry-after')).toBe('3')
  expect(error).toMatchObject({ type: 'rate_limit_error' })
})

test.each(['claude', 'open'])('an error inside of a stream of the provider %s is raised', async (name) => {
  if (name === 'claude') {
    const begun = anthropic
      .stream('Hello there.')
      .split(/(?<=\n\n)/)
      .slice(0, 4)
      .join('')
    claude.next(behave.sse(begun + anthropic.event(anthropic.error('overloaded_error', 'Overloaded'))))
  } else
    open.next(
      behave.sse(
        `${chat
          .stream(['Hello ', 'there.'])
          .split(/(?<=\n\n)/)
          .slice(0, 2)
          .join('')}${chat.event(chat.error('Overloaded', 'server_error'))}`,
      ),
    )
  const stream = sdk().messages.stream(ask(`${name}-breaking`))
  expect(await thrownBy(stream.finalMessage())).toBeInstanceOf(Anthropic.APIError)
})

test('Anthropic’s SDK lists models', async () => {
  const ids: string[] = []
  for await (const model of sdk().models.list()) ids.push(model.id)
  expect(ids).toContain('sonnet')
  expect(await sdk().models.retrieve('gpt')).toMatchObject({ type: 'model', id: 'gpt' })
})
