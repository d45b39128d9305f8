import { describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { GatewayError } from '../../../../contract/errors.ts'
import type { Endpoint } from '../../../../contract/endpoint.ts'
import type { Gate, GatewayResponse } from '../../../../contract/gate.ts'
import type { Caller } from '../../../../contract/principal.ts'
import type { AttemptResponse } from '../../../../contract/response.ts'
import { scanSlice } from '../../../../kit/json-slices.ts'
import type { UpstreamResponse } from '../../../../contract/upstream.ts'
import { keptInMemory } from '../../../../../test/kept/world.ts'
import { createLlmModule } from '../../index.ts'
import type { ListedModel } from '../../index.ts'
import type { Provider, ProviderCall } from '../../provider.ts'

const chunk = (delta: object, finish: string | null = null) => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'gpt-5-2026',
  choices: [{ index: 0, delta, finish_reason: finish }],
})
const event = (data: unknown) => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
const messages = [{ role: 'user' as const, content: 'hi' }]

describe('the official SDK', () => {
  test('gets a whole response', async () => {
    const room = roomWith({
      answer: whole({
        choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
        x: 1,
      }),
    })
    const { data, response } = await room.client.chat.completions
      .create({ model: 'fast', messages })
      .withResponse()
    expect(data).toEqual({
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      x: 1,
    } as never)
    expect(response.headers.get('x-gatehouse-exchange')).toBe('ex-1')
    expect(room.sent[0]?.body && JSON.parse(Buffer.from(room.sent[0].body).toString())).toEqual({
      model: 'gpt-5',
      messages,
    })
  })

  test('streams without the usage event, which it did not request', async () => {
    const usage = {
      ...chunk({}),
      choices: [],
      usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
    }
    const room = roomWith({
      answer: stream([
        event(chunk({ content: 'He' })),
        event(chunk({ content: 'llo' }, 'stop')),
        event(usage),
        event('[DONE]'),
      ]),
    })
    const plain = await room.client.chat.completions.create({ model: 'fast', messages, stream: true })
    const received: OpenAI.ChatCompletionChunk[] = []
    for await (const part of plain) received.push(part)
    expect(received.map((part) => part.choices[0]?.delta.content)).toEqual(['He', 'llo'])
    const asking = await room.client.chat.completions.create({
      model: 'fast',
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    const all: OpenAI.ChatCompletionChunk[] = []
    for await (const part of asking) all.push(part)
    expect(all.at(-1)?.usage?.total_tokens).toBe(3)
  })

  test('raises an error when a stream breaks off', async () => {
    const room = roomWith({ answer: stream([event(chunk({ content: 'He' }))]) })
    const parts: string[] = []
    const read = async () => {
      for await (const part of await room.client.chat.completions.create({
        model: 'fast',
        messages,
        stream: true,
      }))
        parts.push(part.choices[0]?.delta.content ?? '')
    }
    const thrown = await read().catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code: 'upstream_cut' })
    expect(parts).toEqual(['He'])
  })

  test('raises its typed errors once', async () => {
    const room = roomWith({})
    const refuse = async (error: GatewayError) => {
      room.refuseWith = error
      return room.client.chat.completions
        .create({ model: 'fast', messages })
        .catch((thrown: unknown) => thrown)
    }
    expect(await refuse(new GatewayError('bad-key', 'The key is unknown.'))).toBeInstanceOf(
      OpenAI.AuthenticationError,
    )
    expect(await refuse(new GatewayError('unknown-model', 'no such model'))).toBeInstanceOf(
      OpenAI.NotFoundError,
    )
    const spent = await refuse(new GatewayError('budget-exhausted', 'The budget is spent.'))
    expect(spent).toBeInstanceOf(OpenAI.RateLimitError)
    expect(spent).toMatchObject({ code: 'insufficient_quota' })
    expect(room.requests).toBe(3)
  })

  test('stops the provider when it aborts', async () => {
    const room = roomWith({
      answer: stream([event(chunk({ content: 'He' })), event(chunk({ content: 'llo' }))], true),
    })
    const reading = await room.client.chat.completions.create({ model: 'fast', messages, stream: true })
    for await (const _ of reading) break
    await room.canceled
  })

  test('lists the models that the key may use, and reads one with a slash', async () => {
    const room = roomWith({})
    const ids: string[] = []
    for await (const model of room.client.models.list()) ids.push(model.id)
    expect(ids).toEqual(['fast', 'openai/gpt-5'])
    expect(await room.client.models.retrieve('openai/gpt-5')).toMatchObject({
      id: 'openai/gpt-5',
      owned_by: 'openai',
      object: 'model',
    })
    expect(await room.client.models.retrieve('secret').catch((thrown: unknown) => thrown)).toBeInstanceOf(
      OpenAI.NotFoundError,
    )
  })
})

describe('the endpoint refuses before any exchange', () => {
  test.each([
    ['{"model":', { 'content-type': 'application/json' }, 400, 'bad_request'],
    ['{}', { 'content-type': 'text/plain' }, 415, 'unsupported_media_type'],
    ['{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 415, 'unsupported_media_type'],
  ])('%s with %j is %d', async (body, headers, status, code) => {
    const room = roomWith({})
    const response = await room.call('POST', '/v1/chat/completions', {
      body,
      headers: { ...headers, authorization: 'Bearer gh_key' },
    })
    expect(response.status).toBe(status)
    expect(response.headers.get('x-gatehouse-exchange')).toBe('refused-1')
    expect(await response.json()).toMatchObject({ error: { code } })
    expect(room.sent).toEqual([])
  })

  test.each([
    ['Bearer gh_key', 'gh_key'],
    ['bearer   gh_key ', 'gh_key'],
    ['Basic Z2g6', undefined],
    ['Bearer', undefined],
    ['Bearer a b', undefined],
  ])('accepts the key from %p', (authorization, credential) => {
    const [door] = roomWith({}).doors
    expect(door?.credential(new Request('http://gate/', { headers: { authorization } }))).toBe(
      credential as string,
    )
  })
})

describe('while a long body is checked', () => {
  const long = `{"x":[${'1,'.repeat(1_000_000)}`

  test.each([
    '/v1/chat/completions',
    '/v1/responses',
    '/v1/responses/input_tokens',
    '/v1/embeddings',
    '/v1/messages',
    '/v1/messages/count_tokens',
    '/v1beta/models/fast:generateContent',
    '/v1beta/models/fast:embedContent',
  ])('other calls continue: %s', async (path) => {
    let turns = 0
    const count = () => {
      turns++
      next = setImmediate(count)
    }
    let next = setImmediate(count)
    const response = await roomWith({}).call('POST', path, {
      body: long,
      headers: { authorization: 'Bearer gh_key' },
    })
    clearImmediate(next)
    expect(turns).toBeGreaterThanOrEqual(Math.floor(long.length / scanSlice))
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('ends where a value should be')
  })

  test('reading stops when the client has disconnected', async () => {
    const left = new AbortController()
    setImmediate(() => left.abort())
    const room = roomWith({})
    const init = { body: long, headers: { authorization: 'Bearer gh_key' }, signal: left.signal }
    expect(await (await room.call('POST', '/v1/chat/completions', init)).text()).toContain('client_gone')
    expect(room.sent).toEqual([])
  })
})

const listed: ListedModel[] = [
  { id: 'fast', ownedBy: 'gatehouse' },
  { id: 'openai/gpt-5', ownedBy: 'openai' },
  { id: 'secret', ownedBy: 'openai' },
]

/**
 * The test module with a gate that permits every call, and the SDK, which calls the endpoints without a
 * network.
 */
function roomWith({ answer }: { answer?: (onCancel: () => void) => UpstreamResponse }) {
  const sent: ProviderCall[] = []
  const canceled = Promise.withResolvers<void>()
  const provider: Provider = {
    name: 'openai',
    dialects: ['openai-chat'],
    departures: { usageInStream: true, unbilledErrors: 'none' },
    async send(call) {
      sent.push(call)
      if (!answer) throw new GatewayError('upstream-unreachable', 'no provider in this test')
      return answer(canceled.resolve)
    },
  }
  const room = {
    sent,
    canceled: canceled.promise,
    requests: 0,
    refuseWith: undefined as GatewayError | undefined,
  }
  const unexpected = (): never => {
    throw new Error('not of this test')
  }
  const caller: Caller = {
    principal: { id: 'key:gatehouse:k', kind: 'key', name: 'k', team: 't', teamPath: ['t'] },
    subject: { key: 'k', team: 't', teamPath: ['t'], tags: {}, claims: {} },
  }
  const gate: Gate = {
    identify: () => caller,
    recall: () => caller,
    connect: unexpected,
    enter: () => ({ leave: () => {} }),
    async open(_caller, operation, call) {
      if (room.refuseWith) throw room.refuseWith
      return governed(
        await operation.attempt({
          exchange: 'ex-1',
          number: 1,
          target: { id: 'openai/gpt-5', provider: 'openai', model: 'gpt-5', traits: [], prices: [] },
          depth: 'meter',
          signal: call.clientGone,
          timeouts: { connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 },
          callerHeaders: call.headers,
          subject: caller.subject,
          onSent() {},
        }),
      )
    },
    issueRunToken: () => ({ token: '', run: '', expiresAt: 0 }),
    judge: (_caller, { name }) => (name === 'secret' ? 'denied' : 'allowed'),
    refused: () => 'refused-1',
  }
  const { doors } = createLlmModule({
    gate,
    providerOf: () => provider,
    clock: { now: () => 0 },
    random: () => 0,
    listModels: () => listed,
    limits: () => ({ depth: 64, bodyBytes: 1024 * 1024 }),
    kept: keptInMemory().kept,
  })
  const call = async (
    method: Endpoint['method'],
    path: string,
    init: { body?: string; headers: Record<string, string>; signal?: AbortSignal },
  ) => {
    room.requests++
    const request = new Request(`http://gate${path}`, {
      method,
      headers: init.headers,
      ...(init.signal && { signal: init.signal }),
    })
    const door = doors.find(
      (known) =>
        known.method === method &&
        (known.path === path || (known.path.endsWith('*') && path.startsWith(known.path.slice(0, -1)))) &&
        (!known.accepts || known.accepts(request)),
    )
    if (!door) throw new Error(`no door ${method} ${path}`)
    return door.handle({
      request,
      path,
      peer: { address: '127.0.0.1', isLoopback: true },
      startedAt: 0,
      body: async () => Buffer.from(init.body ?? ''),
      take: () => {},
      streamed: () => () => {},
      keepOpen: unexpected,
      upgrade: unexpected,
    })
  }
  const client = new OpenAI({
    apiKey: 'gh_key',
    baseURL: 'http://gate/v1',
    fetch: async (input, init) => {
      const headers = Object.fromEntries(new Headers(init?.headers))
      const method = init?.method === 'GET' ? 'GET' : 'POST'
      return call(method, new URL(new Request(input).url).pathname, {
        body: typeof init?.body === 'string' ? init.body : '',
        headers,
        ...(init?.signal && { signal: init.signal }),
      })
    },
  })
  return Object.assign(room, { doors, call, client })
}

function governed(reply: AttemptResponse): GatewayResponse {
  return {
    exchange: 'ex-1',
    status: reply.status,
    headers: [...reply.headers, ['x-gatehouse-exchange', 'ex-1']],
    isStream: reply.isStream,
    async next() {
      for (;;) {
        const piece = await reply.next()
        if (piece === undefined || piece.bytes.length > 0) return piece?.bytes
      }
    },
    cancel() {
      void reply.cancel()
    },
  }
}

const whole = (value: object) => () => upstream([JSON.stringify(value)], 'application/json', () => {})
const stream =
  (events: readonly string[], isEndless = false) =>
  (onCancel: () => void) =>
    upstream(events, 'text/event-stream', onCancel, isEndless)

function upstream(
  parts: readonly string[],
  contentType: string,
  onCancel: () => void,
  isEndless = false,
): UpstreamResponse {
  let given = 0
  return {
    status: 200,
    headers: new Headers({ 'content-type': contentType }),
    bytes: async () => Buffer.from(parts.join('')),
    body: {
      async next() {
        const part = parts[given++]
        if (part === undefined && isEndless) return new Promise<undefined>(() => {})
        return part === undefined ? undefined : Buffer.from(part)
      },
      async cancel() {
        onCancel()
      },
    },
  }
}
