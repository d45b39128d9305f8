// OpenAI responses that the gateway keeps, with the official SDK: conversations by id with every provider
// dialect, over restarts, for one key.

import { beforeAll, describe, expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, stepCountIs, tool } from 'ai'
import OpenAI from 'openai'
import { z } from 'zod'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { backs, type Back, says } from '../upstreams/any-dialect.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { responses } from '../upstreams/responses.ts'
import { startGateway } from './gateway.ts'
import { type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
const providers = {} as Record<Back | 'second', FakeProvider>
let { gatehouse, client }: Pick<Scene, 'gatehouse' | 'client'> = {} as Scene

const keys = {
  capped: 'gh_capped-key-that-is-no-secret-0123456789',
  sibling: 'gh_sibling-key-that-is-no-secret-0123456789',
  stranger: 'gh_stranger-key-that-is-no-secret-0123456789',
}

const configFor = (more = '') => {
  const root = (back: Back) => providers[back].url.replace(/\/v1$/, '')
  return `providers:
  openai-chat: { kind: openai-compatible, url: "${providers['openai-chat'].url}", key: sk-upstream }
  openai-responses: { kind: openai, url: "${providers['openai-responses'].url}", key: sk-upstream }
  second: { kind: openai, url: "${providers.second.url}", key: sk-upstream }
  anthropic-messages: { kind: anthropic, url: "${root('anthropic-messages')}", key: sk-upstream }
  gemini: { kind: gemini, url: "${root('gemini')}", key: sk-upstream }
models:
${[...backs, 'second'].map((back) => `  ${back}: { targets: [ ${back}/gpt-5-fake ], retry: { attempts: 1 } }`).join('\n')}
  priced: { targets: [ { target: openai-responses/fake, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
  cut: { targets: [ openai-responses/cut ], retry: { attempts: 1 } }
guards:
  personal: { kind: pii, on: [request], action: restore, restoreIn: [arguments] }
  secrets: { kind: patterns, on: [response], action: block, options: { patterns: { key: "AKIA[A-Z0-9]{16}" } } }
teams:
  testers: { allow: { models: ["*", "*/*"] } }
  others: { allow: { models: ["*", "*/*"] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  sibling: { team: testers, secret: "${keys.sibling}" }
  stranger: { team: others, secret: "${keys.stranger}" }
  capped: { team: testers, secret: "${keys.capped}", budgets: [ { amount: 5, per: total, capsOutput: true } ] }
${more}`
}

beforeAll(async () => {
  for (const back of [...backs, 'second'] as const) providers[back] = await newProvider()
  ;({ gatehouse, client } = await start({ config: `responses: { storesUpstream: false }\n${configFor()}` }))
})

// biome-ignore lint/suspicious/noExplicitAny: a body of any shape
const sentTo = (back: Back | 'second'): any =>
  providers[back].requests.findLast(({ method }) => method === 'POST')?.json()

const post = (body: object, node: { url: string; key: string } = gatehouse) =>
  fetch(`${node.url}/v1/responses`, {
    method: 'POST',
    headers: { authorization: `Bearer ${node.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

const results = (back: Back, text: string) => providers[back].next(says(back, { text }))
const modern = (...items: Parameters<typeof responses.whole>[0]) =>
  providers['openai-responses'].next(behave.json(responses.whole(items)))
const handle = /^resp_[A-Za-z0-9_-]{60,200}$/

/** The parts of the conversation that a provider received, in order. */
const order = (body: unknown, words: readonly string[]) => {
  const text = JSON.stringify(body)
  return words.toSorted((a, b) => text.indexOf(a) - text.indexOf(b)).filter((word) => text.includes(word))
}

describe.each(backs.map((back) => [back]))('before a provider of %s', (back) => {
  test.each([false, true])(
    'a conversation continues by the id of the previous response; streamed: %p',
    async (isStreaming) => {
      const ask = async (input: string, previous?: string) => {
        const body = {
          model: back,
          input,
          ...(previous === undefined ? {} : { previous_response_id: previous }),
        }
        return isStreaming ? client().responses.stream(body).finalResponse() : client().responses.create(body)
      }
      results(back, 'Hello Ann.')
      const first = await ask('I am Ann.')
      results(back, 'You are Ann.')
      const second = await ask('Who am I?', first.id)
      results(back, 'Yes.')
      const third = await ask('Sure?', second.id)
      const words = ['I am Ann.', 'Hello Ann.', 'Who am I?', 'You are Ann.', 'Sure?']
      expect(order(sentTo(back), words)).toEqual(words)
      expect([first.id, second.id, third.id]).toEqual([
        expect.stringMatching(handle),
        expect.stringMatching(handle),
        expect.stringMatching(handle),
      ])
      expect(third.previous_response_id).toBe(second.id)
      expect(await client().responses.retrieve(third.id)).toMatchObject({
        id: third.id,
        previous_response_id: second.id,
        output_text: 'Yes.',
      })
      const items = await client().responses.inputItems.list(third.id, { order: 'asc' })
      expect(order(items.data, words)).toEqual(words)
    },
  )

  test('a conversation by id continues at a provider of another dialect', async () => {
    results(back, 'Hello Ann.')
    const first = await client().responses.create({ model: back, input: 'I am Ann.' })
    const next = backs[(backs.indexOf(back) + 1) % backs.length] ?? back
    results(next, 'You are Ann.')
    await client().responses.create({ model: next, input: 'Who am I?', previous_response_id: first.id })
    const words = ['I am Ann.', 'Hello Ann.', 'Who am I?']
    expect(order(sentTo(next), words)).toEqual(words)
  })
})

describe('ids', () => {
  test.each(['with guards', 'without'])(
    'every event of a stream has the same response id, and nothing else of it is changed; %s',
    async (guards) => {
      const node =
        guards === 'without'
          ? await startGateway({ config: configFor().replace(/guards:\n(?: .*\n)+/, '') })
          : gatehouse
      const items = [
        responses.reasoning('I think', 'gAAA'),
        responses.message('"response" and more. "id":"x"'),
        responses.call('f', { a: 1 }),
      ]
      for (const size of [1, 1000]) {
        const stream = responses.stream(items, { size })
        providers['openai-responses'].next(behave.sse(stream, { cuts: { every: 333 } }))
        const text = await (await post({ model: 'openai-responses', input: 'Hi', stream: true }, node)).text()
        const [id] = /resp_[A-Za-z0-9_-]{60,}/.exec(text) ?? ['']
        expect(text.split(id)).toHaveLength(4)
        expect(text.replaceAll(id, 'resp_fake_1')).toBe(stream)
      }
      if (node !== gatehouse) await node.stop()
    },
  )

  test('the provider receives neither ids nor a request to store; the client is informed that the response is stored', async () => {
    providers['openai-responses'].next(
      behave.json({
        ...responses.whole([responses.message('Hello.')]),
        store: false,
        previous_response_id: null,
      }),
    )
    const first = await client().responses.create({ model: 'openai-responses', input: 'Hi', store: true })
    expect(sentTo('openai-responses')).toMatchObject({
      store: false,
      include: ['reasoning.encrypted_content'],
    })
    expect(first).toMatchObject({ store: true, previous_response_id: null })
    providers['openai-responses'].next(
      behave.json({
        ...responses.whole([responses.message('Yes.')]),
        store: false,
        previous_response_id: null,
      }),
    )
    const second = await client().responses.create({
      model: 'openai-responses',
      input: 'Sure?',
      previous_response_id: first.id,
    })
    expect(sentTo('openai-responses')).toMatchObject({ store: false, previous_response_id: null })
    expect(JSON.stringify(sentTo('openai-responses'))).not.toContain(first.id)
    expect(second).toMatchObject({ store: true, previous_response_id: first.id })
  })

  test('a response that must not be kept passes as the provider wrote it', async () => {
    const received = JSON.stringify(responses.whole([responses.message('Hello.')]))
    providers['openai-responses'].next(behave.text(received, 'application/json'))
    const body = { model: 'openai-responses', input: 'Hi', store: false }
    expect(await (await post(body)).text()).toBe(received)
    expect(await thrownBy(client().responses.retrieve('resp_fake_1'))).toBeInstanceOf(OpenAI.NotFoundError)
    expect(
      await thrownBy(client().responses.create({ ...body, previous_response_id: 'resp_fake_1' })),
    ).toBeInstanceOf(OpenAI.BadRequestError)
  })

  test('reasoning goes back only to the account that encrypted it', async () => {
    modern(responses.reasoning('Hm.', 'gAAA-of-the-first'), responses.message('Hello.'))
    const first = await client().responses.create({ model: 'openai-responses', input: 'Hi' })
    modern(responses.message('Yes.'))
    await client().responses.create({
      model: 'openai-responses',
      input: 'Sure?',
      previous_response_id: first.id,
    })
    expect(JSON.stringify(sentTo('openai-responses'))).toContain('gAAA-of-the-first')
    providers.second.next(
      behave.json(
        responses.whole([responses.reasoning('Hm?', 'gBBB-of-the-second'), responses.message('Yes.')]),
      ),
    )
    const { data: second, response } = await client()
      .responses.create({ model: 'second', input: 'Sure?', previous_response_id: first.id })
      .withResponse()
    expect(JSON.stringify(sentTo('second'))).not.toContain('gAAA')
    expect(JSON.stringify(sentTo('second'))).toContain('Hello.')
    expect(response.headers.get('x-gatehouse-losses')).toBe('input[].encrypted_content')
    modern(responses.message('Fine.'))
    await client().responses.create({
      model: 'openai-responses',
      input: 'Good?',
      previous_response_id: second.id,
    })
    expect(JSON.stringify(sentTo('openai-responses').input)).not.toContain('gBBB')
  })
})

describe('the kept response', () => {
  test('a kept response is what the client saw: restored text is in it and is hidden again in the next turn', async () => {
    modern(responses.message('I wrote to <EMAIL_1>.'))
    const first = await client().responses.create({
      model: 'openai-responses',
      input: 'Write to ann@example.com',
    })
    expect(first.output_text).toBe('I wrote to ann@example.com.')
    expect((await client().responses.retrieve(first.id)).output_text).toBe('I wrote to ann@example.com.')
    expect(JSON.stringify((await client().responses.inputItems.list(first.id)).data)).toContain(
      'ann@example.com',
    )
    modern(responses.message('Yes, <EMAIL_1>.'))
    const second = await client().responses.create({
      model: 'openai-responses',
      input: 'Sure?',
      previous_response_id: first.id,
    })
    expect(JSON.stringify(sentTo('openai-responses').input)).toContain('I wrote to <EMAIL_1>.')
    expect(JSON.stringify(sentTo('openai-responses'))).not.toContain('ann@example.com')
    expect(second.output_text).toBe('Yes, ann@example.com.')
  })

  test('a response that ran out of tokens is kept as incomplete and can be continued', async () => {
    providers['openai-chat'].next(behave.json(chat.completion('Hel', { finish: 'length' })))
    const first = await client().responses.create({ model: 'openai-chat', input: 'Hi' })
    expect(await client().responses.retrieve(first.id)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    })
    results('openai-chat', 'lo.')
    await client().responses.create({ model: 'openai-chat', input: 'Go on', previous_response_id: first.id })
    expect(order(sentTo('openai-chat'), ['Hi', 'Hel', 'Go on'])).toHaveLength(3)
  })

  test.each([
    [
      'cut',
      behave.sse(
        responses.stream([responses.message('Hello.')]).split('event: response.output_text.done')[0] ?? '',
      ),
    ],
    [
      'failed',
      behave.sse(
        responses
          .stream([responses.message('Hello.')])
          .replace('event: response.completed', 'event: response.failed')
          .replaceAll('"completed"', '"failed"')
          .replace('"type":"response.completed"', '"type":"response.failed"'),
      ),
    ],
    [
      'refused by a guard',
      behave.sse(responses.stream([responses.message('AKIAABCDEFGHIJKLMNOP, keep it.')])),
    ],
  ])('that was %s leaves nothing, and its id cannot be told from any other', async (_how, behavior) => {
    providers['openai-responses'].next(behavior)
    const seen: string[] = []
    await (async () => {
      for await (const event of await client().responses.create({ model: 'cut', input: 'Hi', stream: true }))
        if (event.type === 'response.created') seen.push(event.response.id)
    })().catch(() => {})
    const [id = ''] = seen
    expect(id).toMatch(handle)
    expect(await thrownBy(client().responses.retrieve(id))).toMatchObject({ status: 404 })
    expect(
      await thrownBy(
        client().responses.create({ model: 'openai-chat', input: 'x', previous_response_id: id }),
      ),
    ).toMatchObject({ status: 400 })
  })

  test('a response whose client left before the end is not kept', async () => {
    const manual = behave.manual()
    providers['openai-responses'].next(manual)
    const stop = new AbortController()
    const stream = client().responses.create(
      { model: 'openai-responses', input: 'Hi', stream: true },
      { signal: stop.signal },
    )
    await manual.started
    manual.head(200, { 'content-type': 'text/event-stream' })
    const [created = ''] = responses.stream([responses.message('Hello.')]).split(/(?<=\n\n)/)
    manual.push(created)
    let id = ''
    for await (const event of await stream) {
      if (event.type === 'response.created') id = event.response.id
      break
    }
    stop.abort()
    await manual.closed
    expect(await thrownBy(client().responses.retrieve(id))).toMatchObject({ status: 404 })
  })
})

describe('attacks', () => {
  test.each(['sibling', 'stranger'] as const)(
    'the key %s reaches no response of another key on any path, and gets the same error as for an unknown id',
    async (who) => {
      results('openai-chat', 'The secret is 7.')
      const mine = await client().responses.create({ model: 'openai-chat', input: 'Tell me' })
      const [item] = mine.output
      const other = client({ key: keys[who] })
      const unknown = 'resp_68a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9'
      const forged = mine.id.slice(0, -2) + (mine.id.endsWith('AA') ? 'BB' : 'AA')
      const tries: ((id: string) => PromiseLike<unknown>)[] = [
        (id) => other.responses.retrieve(id),
        (id) => other.responses.inputItems.list(id),
        (id) => other.responses.delete(id),
        (id) => other.responses.cancel(id),
        (id) => other.responses.create({ model: 'openai-chat', input: 'x', previous_response_id: id }),
      ]
      const before = providers['openai-chat'].requests.length
      for (const attempt of tries) {
        const reported = []
        for (const id of [mine.id, unknown, forged]) {
          const error = (await thrownBy(attempt(id))) as InstanceType<typeof OpenAI.APIError>
          reported.push([error.status, error.code, error.message.replace(id.slice(0, 100), 'ID')])
        }
        expect(reported[0]).toEqual(reported[1])
        expect(reported[2]).toEqual(reported[1])
      }
      const reference = [{ type: 'item_reference' as const, id: item?.id ?? '' }]
      expect(
        await thrownBy(other.responses.create({ model: 'openai-chat', input: reference })),
      ).toMatchObject({ status: 400, param: 'input[0].id' })
      expect(providers['openai-chat'].requests).toHaveLength(before)
      // and it still exists
      expect((await client().responses.retrieve(mine.id)).output_text).toBe('The secret is 7.')
    },
  )

  test('response ids of every unusual form are refused and break nothing', async () => {
    for (const id of [
      '%00',
      '..%2f..',
      'resp_',
      'resp_%',
      '__proto__',
      `resp_${'A'.repeat(5_000)}`,
      'resp_%F0%9F%98%80',
      '%ff',
    ]) {
      const response = await fetch(`${gatehouse.url}/v1/responses/${id}`, {
        headers: { authorization: `Bearer ${gatehouse.key}` },
      })
      // a response path that can be read as another one is refused before any endpoint
      const expected = id === '%00' || id.startsWith('..') ? 400 : 404
      expect([id.slice(0, 20), response.status]).toEqual([id.slice(0, 20), expected])
    }
    for (const previous of [7, {}, [], true, 'resp_\u0000', '\ud800'])
      expect([
        previous,
        (await post({ model: 'openai-chat', input: 'x', previous_response_id: previous })).status,
      ]).toEqual([previous, 400])
    expect((await fetch(`${gatehouse.url}/v1/responses/resp_x`)).status).toBe(401)
  })
})

describe('the doors', () => {
  test('deleting a response is permanent', async () => {
    results('openai-chat', 'Hello.')
    const made = await client().responses.create({ model: 'openai-chat', input: 'Hi' })
    const received = await fetch(`${gatehouse.url}/v1/responses/${made.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${gatehouse.key}` },
    })
    expect(await received.json()).toEqual({ id: made.id, object: 'response', deleted: true })
    expect(await thrownBy(client().responses.retrieve(made.id))).toBeInstanceOf(OpenAI.NotFoundError)
    expect(await thrownBy(client().responses.delete(made.id))).toBeInstanceOf(OpenAI.NotFoundError)
    const [item] = made.output
    expect(
      await thrownBy(
        client().responses.create({
          model: 'openai-chat',
          input: [{ type: 'item_reference', id: item?.id ?? '' }],
        }),
      ),
    ).toMatchObject({ status: 400 })
  })

  test('the input of a response is listed page by page, in both directions', async () => {
    results('openai-chat', 'Hello.')
    const input = Array.from({ length: 7 }, (_, index) => ({
      role: 'user' as const,
      content: `number ${index}`,
    }))
    const made = await client().responses.create({ model: 'openai-chat', input })
    for (const order of ['asc', 'desc'] as const) {
      const said: string[] = []
      for await (const item of client().responses.inputItems.list(made.id, { order, limit: 3 }))
        said.push(JSON.stringify(item))
      expect(said.map((text) => Number(/number (\d)/.exec(text)?.[1]))).toEqual(
        order === 'asc' ? [0, 1, 2, 3, 4, 5, 6] : [6, 5, 4, 3, 2, 1, 0],
      )
    }
    for (const [query, param] of [
      ['order=up', 'order'],
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=0x10', 'limit'],
      ['limit=1e1', 'limit'],
      ['limit=%205', 'limit'],
      ['after=nothing', 'after'],
    ]) {
      const response = await fetch(`${gatehouse.url}/v1/responses/${made.id}/input_items?${query}`, {
        headers: { authorization: `Bearer ${gatehouse.key}` },
      })
      expect([
        query,
        response.status,
        ((await response.json()) as { error: { param: string } }).error.param,
      ]).toEqual([query, 400, param])
    }
  })

  test('unsupported operations on responses are refused by name', async () => {
    results('openai-chat', 'Hello.')
    const made = await client().responses.create({
      model: 'openai-chat',
      input: 'Hi',
      include: ['message.output_text.logprobs'],
    })
    expect(
      (await client().responses.retrieve(made.id, { include: ['message.output_text.logprobs'] })).id,
    ).toBe(made.id)
    const refused = (message: string, param: string | null = null) =>
      expect.objectContaining({ status: 400, param, message: expect.stringContaining(message) })
    expect(
      await thrownBy(client().responses.retrieve(made.id, { include: ['reasoning.encrypted_content'] })),
    ).toEqual(refused('when you create', 'include'))
    expect(await thrownBy(client().responses.retrieve(made.id, { stream: true }))).toEqual(
      refused('"background"', 'stream'),
    )
    expect(await thrownBy(client().responses.retrieve(made.id, { stream: true, starting_after: 3 }))).toEqual(
      refused('"background"', 'starting_after'),
    )
    expect(await thrownBy(client().responses.cancel(made.id))).toEqual(refused('"background"'))
    expect(
      await thrownBy(client().responses.create({ model: 'openai-chat', input: 'x', background: true })),
    ).toEqual(refused('"background"', 'background'))
    expect(
      await thrownBy(client().responses.create({ model: 'openai-chat', input: 'x', conversation: 'conv_1' })),
    ).toEqual(refused('previous_response_id', 'conversation'))
    expect(await thrownBy(client().conversations.create({}))).toEqual(refused('keeps no conversations'))
    expect(await thrownBy(client().conversations.items.list('conv_1'))).toEqual(
      refused('keeps no conversations'),
    )
    expect(await thrownBy(client().post(`/responses/${made.id}/else`))).toMatchObject({ status: 404 })
  })
})

describe('other operations', () => {
  const withHistory = async () => {
    modern(responses.reasoning('Hm.'), responses.message('Hello Ann.'))
    return client().responses.create({ model: 'openai-responses', input: 'I am ann@example.com.' })
  }

  test('the target counts tokens of the whole conversation, guarded like any call, and counting costs nothing', async () => {
    const first = await withHistory()
    providers['openai-responses'].next(behave.json({ object: 'response.input_tokens', input_tokens: 42 }))
    const body = { model: 'openai-responses', input: 'Who am I?', previous_response_id: first.id }
    const { data, response } = await client().responses.inputTokens.count(body).withResponse()
    expect(data).toEqual({ object: 'response.input_tokens', input_tokens: 42 })
    const request = providers['openai-responses'].requests.at(-1)
    expect(request?.path).toBe('/v1/responses/input_tokens')
    // none of the fields that only apply to a new response
    expect(request?.json()).toEqual({
      model: 'gpt-5-fake',
      previous_response_id: null,
      input: [
        { role: 'user', content: 'I am <EMAIL_1>.' },
        responses.message('Hello Ann.'),
        { role: 'user', content: 'Who am I?' },
      ],
    })
    expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      outcome: 'ok',
      usage: { inputTokens: 0, outputTokens: 0 },
    })
  })

  test('if the target cannot count tokens, our estimate is marked as one', async () => {
    const { data, response } = await client()
      .responses.inputTokens.count({ model: 'openai-chat', input: 'x'.repeat(400) })
      .withResponse()
    expect(data).toEqual({ object: 'response.input_tokens', input_tokens: expect.any(Number) })
    expect(data.input_tokens).toBeGreaterThan(99)
    expect(response.headers.get('x-gatehouse-estimated')).toBe('true')
  })

  test('OpenAI compacts a conversation, which is billed and continues with the result; other providers refuse it', async () => {
    const first = await withHistory()
    const item = { id: 'cmp_1', type: 'compaction', encrypted_content: 'gAAA-compacted' }
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 110,
    }
    providers['openai-responses'].next(
      behave.json({
        id: 'resp_compacted',
        object: 'response.compaction',
        created_at: 1,
        output: [item],
        usage,
      }),
    )
    const { data, response } = await client()
      .responses.compact({ model: 'openai-responses', previous_response_id: first.id })
      .withResponse()
    const request = providers['openai-responses'].requests.at(-1)
    expect([request?.path, JSON.stringify(request?.json())]).toEqual([
      '/v1/responses/compact',
      expect.stringContaining('Hello Ann.'),
    ])
    expect(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      usage: { inputTokens: 100, outputTokens: 10 },
    })
    modern(responses.message('You are Ann.'))
    await client().responses.create({
      model: 'openai-responses',
      input: [...data.output, { role: 'user', content: 'Who am I?' }] as OpenAI.Responses.ResponseInput,
    })
    expect(sentTo('openai-responses').input[0]).toEqual(item)
    // a budget that lowers limits finds none to lower
    const capped = client({ key: keys.capped })
    modern(responses.message('Hello.'))
    expect((await capped.responses.create({ model: 'priced', input: 'x' })).output_text).toBe('Hello.')
    expect(await thrownBy(capped.responses.compact({ model: 'priced', input: 'x' }))).toMatchObject({
      status: 400,
      code: 'unbounded_cost',
    })
    expect(await thrownBy(client().responses.compact({ model: 'openai-chat', input: 'x' }))).toMatchObject({
      status: 400,
      message: expect.stringContaining('/responses/compact'),
    })
  })
})

test('the AI SDK’s tool loop, which refers to kept items, works with a target of the chat dialect', async () => {
  const call = {
    id: 'call_ai',
    type: 'function',
    function: { name: 'get_weather', arguments: '{"city":"Rome"}' },
  }
  const completion = chat.completion('', { finish: 'tool_calls' })
  const asked = {
    ...completion,
    choices: [
      { ...completion.choices[0], message: { role: 'assistant', content: null, tool_calls: [call] } },
    ],
  }
  providers['openai-chat'].next(behave.json(asked), behave.json(chat.completion('Sunny in Rome.')))
  const { text } = await generateText({
    model: createOpenAI({ apiKey: gatehouse.key, baseURL: `${gatehouse.url}/v1` }).responses('openai-chat'),
    prompt: 'Weather in Rome?',
    stopWhen: stepCountIs(3),
    tools: {
      get_weather: tool({
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => `sunny in ${city}`,
      }),
    },
  })
  expect(text).toBe('Sunny in Rome.')
  expect(sentTo('openai-chat').messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant', tool_calls: [call] },
    { role: 'tool', tool_call_id: 'call_ai', content: 'sunny in Rome' },
  ])
})

describe('over time', () => {
  const sdk = (node: { url: string; key: string }) =>
    new OpenAI({ apiKey: node.key, baseURL: `${node.url}/v1`, maxRetries: 0 })

  test('a conversation continues after a restart, also with a new secret in front of the old one', async () => {
    const first = await startGateway({ config: configFor() })
    results('openai-chat', 'Hello Ann.')
    const made = await sdk(first).responses.create({ model: 'openai-chat', input: 'I am Ann.' })
    await first.stopOnly()
    const second = await startGateway({ config: configFor(), folder: first.folder })
    expect((await sdk(second).responses.retrieve(made.id)).output_text).toBe('Hello Ann.')
    await second.stopOnly()
    const third = await startGateway({
      config: configFor(),
      folder: first.folder,
      env: { GATEHOUSE_HANDLE_KEYS: 'a-new-secret-of-tests-0123456789abcdef' },
    })
    results('openai-chat', 'You are Ann.')
    const next = await sdk(third).responses.create({
      model: 'openai-chat',
      input: 'Who am I?',
      previous_response_id: made.id,
    })
    expect(order(sentTo('openai-chat'), ['I am Ann.', 'Hello Ann.', 'Who am I?'])).toHaveLength(3)
    await third.stopOnly()
    // without the new secret, what it sealed cannot be read, and older data can
    const fourth = await startGateway({ config: configFor(), folder: first.folder })
    expect(await thrownBy(sdk(fourth).responses.retrieve(next.id))).toMatchObject({ status: 404 })
    expect((await sdk(fourth).responses.retrieve(made.id)).output_text).toBe('Hello Ann.')
    await fourth.stop()
  })

  test('a gateway that stops first writes the responses that it has', async () => {
    const first = await startGateway({ config: configFor() })
    const long = 'word '.repeat(400_000)
    const ids = await Promise.all(
      Array.from({ length: 10 }, async () => {
        results('openai-chat', long)
        return (await sdk(first).responses.create({ model: 'openai-chat', input: 'Hi' })).id
      }),
    )
    await first.stopOnly()
    const second = await startGateway({ config: configFor(), folder: first.folder })
    for (const id of ids) expect((await sdk(second).responses.retrieve(id)).output_text).toBe(long)
    await second.stop()
  })

  test('a kept response expires after the configured time; when keeping is off, nothing is kept', async () => {
    const clock = createFakeClock()
    const first = await startGateway({ config: `responses: { keep: 2h }\n${configFor()}`, clock })
    results('openai-chat', 'Hello Ann.')
    const made = await sdk(first).responses.create({ model: 'openai-chat', input: 'I am Ann.' })
    clock.advance(2 * 3_600_000)
    expect((await sdk(first).responses.retrieve(made.id)).output_text).toBe('Hello Ann.')
    clock.advance(1_000)
    expect(await thrownBy(sdk(first).responses.retrieve(made.id))).toMatchObject({ status: 404 })
    await first.stopOnly()
    const second = await startGateway({
      config: `responses: { keep: off }\n${configFor()}`,
      folder: first.folder,
    })
    const received = JSON.stringify({ ...responses.whole([responses.message('Hello.')]), store: false })
    providers['openai-responses'].next(behave.text(received, 'application/json'))
    const { data, response } = await sdk(second)
      .responses.create({ model: 'openai-responses', input: 'Hi' })
      .withResponse()
    expect([response.status, data]).toEqual([
      200,
      expect.objectContaining({ store: false, id: 'resp_fake_1' }),
    ])
    expect(
      await thrownBy(
        sdk(second).responses.create({ model: 'openai-chat', input: 'x', previous_response_id: data.id }),
      ),
    ).toMatchObject({
      status: 400,
      message: expect.stringContaining('responses.keep is off'),
    })
    await second.stop()
  })

  test('a kept response is deleted when its key is revoked or removed', async () => {
    const node = await startGateway({ config: configFor() })
    const { body } = await node.admin('/keys', {
      method: 'POST',
      body: JSON.stringify({ id: 'short', team: 'testers' }),
    })
    const short = { url: node.url, key: (body as { secret: string }).secret }
    results('openai-chat', 'Hello Ann.')
    const made = await sdk(short).responses.create({ model: 'openai-chat', input: 'I am Ann.' })
    expect((await node.admin('/keys/short/revoke', { method: 'POST', body: '{}' })).status).toBe(200)
    expect(await thrownBy(sdk(short).responses.retrieve(made.id))).toMatchObject({ status: 401 })
    const removed = { method: 'DELETE', headers: { authorization: `Bearer ${node.adminKey}` } }
    expect((await fetch(`${node.adminUrl}/admin/v1/keys/short`, removed)).ok).toBe(true)
    // another key of the same name is another owner
    const { status, body: made2 } = await node.admin('/keys', {
      method: 'POST',
      body: JSON.stringify({ id: 'short', team: 'testers' }),
    })
    expect(status).toBe(201)
    const later = { url: node.url, key: (made2 as { secret: string }).secret }
    expect(await thrownBy(sdk(later).responses.retrieve(made.id))).toMatchObject({ status: 404 })
    // one that is removed without notice
    results('openai-chat', 'Hello Ben.')
    const other = await sdk(later).responses.create({ model: 'openai-chat', input: 'I am Ben.' })
    expect((await fetch(`${node.adminUrl}/admin/v1/keys/short`, removed)).ok).toBe(true)
    const { body: made3 } = await node.admin('/keys', {
      method: 'POST',
      body: JSON.stringify({ id: 'short', team: 'testers' }),
    })
    const last = { url: node.url, key: (made3 as { secret: string }).secret }
    expect(await thrownBy(sdk(last).responses.retrieve(other.id))).toMatchObject({ status: 404 })
    await node.stop()
  })

  test('the vendor may also keep responses if the caller asks, unless the operator forbids it', async () => {
    const node = await startGateway({ config: configFor() })
    for (const store of [{}, { store: true }, { store: false }]) {
      modern(responses.message('Hello.'))
      const made = await sdk(node).responses.create({ model: 'openai-responses', input: 'Hi', ...store })
      expect(sentTo('openai-responses')).toEqual({ model: 'gpt-5-fake', input: 'Hi', ...store })
      if (store.store === false) expect(made.id).not.toMatch(handle)
      else expect(made.id).toMatch(handle)
    }
    await node.stop()
  })
})
