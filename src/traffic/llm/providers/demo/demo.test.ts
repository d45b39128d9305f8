import { describe, expect, test } from 'bun:test'
import type { DestinationRule, TargetRule, Timeouts } from '../../../../contract/snapshot.ts'
import type { Attempt } from '../../../../contract/attempt.ts'
import type { UpstreamResponse } from '../../../../contract/upstream.ts'
import type { Clock } from '../../../../kit/clock.ts'
import { type FakeClock, createFakeClock } from '../../../../kit/fake-clock.ts'
import type { Provider } from '../../provider.ts'
import { demo } from './index.ts'

const rule: DestinationRule = {
  name: 'demo',
  section: 'providers',
  serves: 'model',
  kind: 'demo',
  baseUrl: 'demo://offline',
  credential: { kind: 'none', secrets: {}, settings: {} },
  headers: {},
  traits: [],
  timeouts: { connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 },
  allowsPrivateAddress: false,
  options: {},
}
interface ToolCall {
  index: number
  id: string
  function: { name: string; arguments: string }
}
interface Choice {
  index: number
  message: { content: string; tool_calls?: [ToolCall, ...ToolCall[]] }
  delta: { content?: string; tool_calls?: ToolCall[] }
  logprobs: { content: { token: string; logprob: number }[] } | null
  finish_reason: string | null
}
interface Event {
  id: string
  choices: [Choice, ...Choice[]]
  usage: { prompt_tokens: number; completion_tokens: number }
}
type Reply = Event & { error?: object }

const hello = [{ role: 'user', content: 'Hello there, how are you today?' }]
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather at a place',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['city'],
    },
  },
}
const mail = {
  type: 'function',
  function: {
    name: 'send_email',
    description: 'Sends a message',
    parameters: {
      type: 'object',
      properties: {
        to: { type: 'string', format: 'email' },
        subject: { type: 'string' },
        copies: { type: 'integer', minimum: 1, maximum: 3 },
      },
      required: ['to', 'subject', 'copies'],
    },
  },
}

// one sequence for all setups, so that ids of different calls differ
let drawn = 0

/** One provider and its clock. Calls return when the response is complete on the fake clock. */
function room(options: Record<string, unknown> = {}) {
  const clock = createFakeClock()
  const provider = demo.create(
    { ...rule, options },
    {
      clock,
      random: () => (drawn = (drawn + 0.137) % 1),
      dial: () => Promise.reject(new Error('the demo provider must not dial')),
    },
  )
  return {
    clock,
    provider,
    call: (body: object, more: Partial<Attempt> = {}) => run(clock, send(provider, body, more)),
  }
}

function send(provider: Provider, body: object, more: Partial<Attempt> = {}): Promise<UpstreamResponse> {
  const target: TargetRule = { id: 'demo/echo', provider: 'demo', model: 'echo', traits: [], prices: [] }
  const attempt: Attempt = {
    exchange: 'x',
    number: 1,
    target,
    depth: 'meter',
    signal: new AbortController().signal,
    timeouts: rule.timeouts,
    callerHeaders: new Headers(),
    subject: { key: 'k', team: 't', teamPath: ['t'], tags: {}, claims: {} },
    onSent: () => {},
    ...more,
  }
  return provider.send({
    dialect: 'openai-chat',
    path: '/chat/completions',
    body: JSON.stringify(body),
    isStreaming: 'stream' in body,
    attempt,
  })
}

/** The error with which a promise rejects. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )

/** Moves the clock until the promise has settled. */
async function run<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const settled = promise.finally(() => (isSettled = true))
  settled.catch(() => {})
  for (let turn = 0; turn < 100_000 && !isSettled; turn += 1) {
    for (let tick = 0; tick < 8; tick += 1) await Promise.resolve()
    if (!isSettled) clock.advance(5)
  }
  return settled
}

async function pieces(clock: FakeClock, response: UpstreamResponse): Promise<{ at: number; text: string }[]> {
  const found: { at: number; text: string }[] = []
  for (
    let piece = await run(clock, response.body.next());
    piece;
    piece = await run(clock, response.body.next())
  ) {
    found.push({ at: clock.monotonic(), text: new TextDecoder().decode(piece) })
  }
  return found
}

const textOf = async (clock: FakeClock, response: UpstreamResponse): Promise<string> =>
  (await pieces(clock, response)).map(({ text }) => text).join('')
const jsonOf = async (clock: FakeClock, response: UpstreamResponse): Promise<Reply> =>
  JSON.parse(await textOf(clock, response))
const eventsOf = async (clock: FakeClock, response: UpstreamResponse): Promise<Event[]> => {
  const text = await textOf(clock, response)
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  const blocks = text.split('\n\n').slice(0, -2)
  expect(blocks.every((block) => block.startsWith('data: {'))).toBe(true)
  return blocks.map((block) => JSON.parse(block.slice(6)))
}
const at = (events: readonly Event[], index: number): Event => {
  const event = events.at(index)
  if (!event) throw new Error(`there is no event ${index}`)
  return event
}
const spoken = (events: readonly Event[], index = 0): string =>
  events
    .flatMap(({ choices }) =>
      choices.filter((choice) => choice.index === index).map((choice) => choice.delta.content ?? ''),
    )
    .join('')

describe('demo/echo', () => {
  test('repeats the text of the user in a chat completion', async () => {
    const { clock, call } = room()
    const response = await call({
      model: 'echo',
      messages: [{ role: 'system', content: 'Be nice.' }, ...hello],
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('x-request-id')).toMatch(/^req_\w{32}$/)
    expect<unknown>(await jsonOf(clock, response)).toEqual({
      id: expect.stringMatching(/^chatcmpl-\w{29}$/),
      object: 'chat.completion',
      created: Math.floor(Date.UTC(2026, 10, 23, 12) / 1000),
      model: 'echo',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: hello[0]?.content, refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 22,
        completion_tokens: 8,
        total_tokens: 30,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
      service_tier: 'default',
      system_fingerprint: 'fp_gatehouse_demo',
    })
  })

  test('streams token by token at its own pace', async () => {
    const { clock, call } = room()
    const response = await call({ model: 'echo', messages: hello, stream: true })
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    const found = await pieces(clock, response)
    expect(found.length).toBeGreaterThan(6)
    expect(found[0]?.at).toBe(120)
    expect(found.at(-1)?.at).toBe(120 + 8 * 15)
  })

  test('a stream has the same text as a whole response, and the usage on request', async () => {
    const { clock, call } = room()
    const events = await eventsOf(
      clock,
      await call({ model: 'echo', messages: hello, stream: true, stream_options: { include_usage: true } }),
    )
    expect(spoken(events)).toBe(String(hello[0]?.content))
    expect<unknown>(at(events, 0).choices[0].delta).toEqual({ role: 'assistant', content: '', refusal: null })
    expect<unknown>(at(events, -2).choices[0]).toEqual({
      index: 0,
      delta: {},
      logprobs: null,
      finish_reason: 'stop',
    })
    expect<unknown>(at(events, -1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: 8, total_tokens: at(events, -1).usage.prompt_tokens + 8 },
    })
    expect(events.slice(0, -1).every((event) => event.usage === null)).toBe(true)
    expect(new Set(events.map(({ id }) => id)).size).toBe(1)
  })

  test('a stream has no usage unless the request asks for it', async () => {
    const { clock, call } = room()
    const events = await eventsOf(clock, await call({ model: 'echo', messages: hello, stream: true }))
    expect(events.some((event) => 'usage' in event)).toBe(false)
  })

  test('stops at the output limit and at stop texts, and returns several choices', async () => {
    const { clock, call } = room({ pauses: false })
    const limited = await jsonOf(
      clock,
      await call({ model: 'echo', messages: hello, max_completion_tokens: 3 }),
    )
    expect(limited.choices[0]).toMatchObject({
      message: { content: 'Hello there,' },
      finish_reason: 'length',
    })
    expect(limited.usage.completion_tokens).toBe(3)
    const stopped = await jsonOf(
      clock,
      await call({ model: 'echo', messages: hello, stop: ['today', ', how'] }),
    )
    expect(stopped.choices[0]).toMatchObject({ message: { content: 'Hello there' }, finish_reason: 'stop' })
    const events = await eventsOf(
      clock,
      await call({
        model: 'echo',
        messages: hello,
        n: 3,
        stream: true,
        stream_options: { include_usage: true },
      }),
    )
    for (const index of [0, 1, 2]) expect(spoken(events, index)).toBe(String(hello[0]?.content))
    // the choices alternate
    expect(events.slice(0, 6).map(({ choices }) => choices[0].index)).toEqual([0, 1, 2, 0, 1, 2])
    expect(at(events, -1).usage.completion_tokens).toBe(24)
  })

  test('never writes more than its own limit', async () => {
    const { clock, call } = room({ pauses: false })
    const long = await jsonOf(
      clock,
      await call({
        model: 'echo',
        messages: [{ role: 'user', content: 'word '.repeat(6000) }],
        max_tokens: 100_000,
      }),
    )
    expect(long.usage.completion_tokens).toBe(4096)
    expect(long.choices[0].finish_reason).toBe('length')
  })

  test('fills the schema of a structured response', async () => {
    const { clock, call } = room({ pauses: false })
    const schema = {
      type: 'object',
      properties: {
        city: { type: 'string' },
        days: { type: 'integer', minimum: 1, maximum: 5 },
        unit: { enum: ['metric', 'imperial'] },
        notes: { type: 'array', items: { $ref: '#/$defs/note' } },
      },
      required: ['city', 'days', 'unit', 'notes'],
      $defs: {
        note: {
          type: 'object',
          properties: { text: { anyOf: [{ type: 'null' }, { type: 'string', maxLength: 10 }] } },
          required: ['text'],
        },
      },
    }
    const format = { type: 'json_schema', json_schema: { name: 'plan', strict: true, schema } }
    const reply = await jsonOf(
      clock,
      await call({
        model: 'echo',
        messages: [{ role: 'user', content: 'Plan 12 days in Lisbon, imperial units' }],
        response_format: format,
      }),
    )
    expect(JSON.parse(reply.choices[0].message.content)).toEqual({
      city: 'Lisbon',
      days: 5,
      unit: 'imperial',
      notes: [{ text: 'Plan 12 da' }],
    })
    const loose = await jsonOf(
      clock,
      await call({ model: 'echo', messages: hello, response_format: { type: 'json_object' } }),
    )
    expect(JSON.parse(loose.choices[0].message.content)).toEqual({ answer: hello[0]?.content })
  })

  test('a recursive schema is filled to a finite depth', async () => {
    const { clock, call } = room({ pauses: false })
    const schema = { type: 'object', properties: { child: { $ref: '#' } }, required: ['child'] }
    const reply = await jsonOf(
      clock,
      await call({
        model: 'echo',
        messages: hello,
        response_format: { type: 'json_schema', json_schema: { schema } },
      }),
    )
    expect(JSON.parse(reply.choices[0].message.content)).toHaveProperty('child.child')
  })

  test('a schema that doubles with every level is filled up to a limit', async () => {
    const { clock, call } = room({ pauses: false })
    const names = 'abcdefghij'.split('')
    const schema = {
      type: 'object',
      properties: Object.fromEntries(names.map((name) => [name, { $ref: '#' }])),
      required: names,
    }
    const reply = await jsonOf(
      clock,
      await call({
        model: 'echo',
        messages: hello,
        response_format: { type: 'json_schema', json_schema: { schema } },
      }),
    )
    expect(reply.choices[0].finish_reason).toBe('length')
  })

  test('returns log-probabilities on request', async () => {
    const { clock, call } = room({ pauses: false })
    const reply = await jsonOf(
      clock,
      await call({ model: 'echo', messages: hello, logprobs: true, top_logprobs: 2 }),
    )
    const content = reply.choices[0].logprobs?.content ?? []
    expect(content.map(({ token }) => token).join('')).toBe(String(hello[0]?.content))
    expect(content[0]).toMatchObject({
      token: 'Hello',
      bytes: [72, 101, 108, 108, 111],
      top_logprobs: [{ token: 'Hello' }, { token: 'Hello~' }],
    })
    expect(content.every(({ logprob }) => logprob <= 0)).toBe(true)
  })

  test.each([
    [
      { model: 'nobody', messages: hello },
      404,
      { type: 'invalid_request_error', code: 'model_not_found', param: null },
    ],
    [{ model: 'constructor', messages: hello }, 404, { code: 'model_not_found' }],
    [{ model: 'echo' }, 400, { param: 'messages' }],
    [{ model: 'echo', messages: [] }, 400, { param: 'messages' }],
    [{ model: 'echo', messages: [{ role: 'wizard', content: '' }] }, 400, { param: 'messages.0.role' }],
    [{ model: 'echo', messages: hello, n: 1000 }, 400, { param: 'n' }],
    [{ model: 'echo', messages: hello, tool_choice: 'required' }, 400, { param: 'tool_choice' }],
    [
      {
        model: 'echo',
        messages: hello,
        tools: [weather],
        tool_choice: { type: 'function', function: { name: 'x' } },
      },
      400,
      { param: 'tool_choice' },
    ],
    [
      { model: 'echo', messages: [{ role: 'user', content: 'a b '.repeat(70_000) }] },
      400,
      { code: 'context_length_exceeded' },
    ],
  ])('what OpenAI refuses is refused in its words: case %#', async (body, status, error) => {
    const { clock, call } = room()
    const response = await call(body)
    expect(response.status).toBe(status)
    expect((await jsonOf(clock, response)).error).toMatchObject({ ...error, message: expect.any(String) })
  })
})

describe('time and cancellation', () => {
  test.each<[string, Partial<Timeouts>, string]>([
    ['first token', { firstTokenMs: 1000 }, 'first token timeout of 1000 ms'],
    ['idle', { idleMs: 100 }, 'idle timeout of 100 ms'],
    ['total', { totalMs: 6000 }, 'total timeout of 6000 ms'],
  ])('demo/slow runs into the %s timeout', async (_name, timeouts, message) => {
    const { clock, call } = room()
    const response = await call(
      { model: 'slow', messages: hello, stream: true },
      { timeouts: { ...rule.timeouts, ...timeouts } },
    )
    expect(await failureOf(pieces(clock, response))).toMatchObject({
      code: 'upstream-timeout',
      message: expect.stringContaining(message),
    })
  })

  test('an aborted call ends at once, and no timer remains', async () => {
    const clock = createFakeClock()
    let timers = 0
    const counting: Clock = {
      ...clock,
      after(delayMs, then) {
        timers += 1
        const timer = clock.after(delayMs, then)
        return {
          cancel() {
            timers -= 1
            timer.cancel()
          },
        }
      },
    }
    const provider = demo.create(rule, {
      clock: counting,
      random: () => 0.5,
      dial: () => Promise.reject(new Error('the demo provider must not dial')),
    })
    const stop = new AbortController()
    const response = await send(
      provider,
      { model: 'slow', messages: hello, stream: true },
      { signal: stop.signal },
    )
    const waiting = response.body.next()
    expect(timers).toBe(1)
    stop.abort()
    expect(await failureOf(waiting)).toMatchObject({ code: 'upstream-cut' })
    expect(timers).toBe(0)
    expect(clock.monotonic()).toBe(0)
  })

  test('an aborted whole response rejects', async () => {
    const { provider } = room()
    const stop = new AbortController()
    const waiting = send(provider, { model: 'slow', messages: hello }, { signal: stop.signal })
    stop.abort()
    expect(await failureOf(waiting)).toMatchObject({ code: 'upstream-cut' })
  })

  test('a stream can be canceled repeatedly, and ends without an error', async () => {
    const { provider } = room()
    const response = await send(provider, { model: 'slow', messages: hello, stream: true })
    const waiting = response.body.next()
    await response.body.cancel()
    await response.body.cancel()
    expect(await waiting).toBeUndefined()
    expect(await response.body.next()).toBeUndefined()
  })

  test('reports once that the request was sent', async () => {
    const { clock, provider } = room()
    let sent = 0
    await run(clock, send(provider, { model: 'echo', messages: hello }, { onSent: () => void (sent += 1) }))
    expect(sent).toBe(1)
  })
})

describe('demo/flaky', () => {
  async function outcomes(isStreaming: boolean): Promise<string[]> {
    const { clock, call } = room()
    const seen: string[] = []
    for (let turn = 0; turn < 9; turn += 1) {
      const response = await call({ model: 'flaky', messages: hello, ...(isStreaming && { stream: true }) })
      const end = await textOf(clock, response).then(
        () => 'whole',
        (error) => error.code,
      )
      seen.push(`${response.status} ${response.headers.get('retry-after') ?? '-'} ${end}`)
    }
    return seen
  }
  const sequence = [
    '200 - whole',
    '429 1 whole',
    '200 - whole',
    '500 - whole',
    '200 - upstream-cut',
    '200 - whole',
    '503 - whole',
    '200 - whole',
    '429 1 whole',
  ]

  test('fails in the same sequence in every instance', async () => {
    expect(await outcomes(true)).toEqual(sequence)
    expect(await outcomes(false)).toEqual(sequence)
  })

  test('a cut stream has output but no end', async () => {
    const { clock, call } = room()
    for (let turn = 0; turn < 4; turn += 1) await call({ model: 'flaky', messages: hello })
    const response = await call({ model: 'flaky', messages: hello, stream: true })
    const found: string[] = []
    const reading = (async () => {
      for (
        let piece = await run(clock, response.body.next());
        piece;
        piece = await run(clock, response.body.next())
      )
        found.push(new TextDecoder().decode(piece))
    })()
    expect(await failureOf(reading)).toMatchObject({ code: 'upstream-cut' })
    expect(found.join('')).toContain('"content":"Hello"')
    expect(found.join('')).not.toContain('[DONE]')
    expect(found.join('')).not.toContain('"finish_reason":"stop"')
  })
})

describe('demo/agent', () => {
  const callsOf = (reply: Reply) =>
    reply.choices[0].message.tool_calls?.map((one) => [one.function.name, JSON.parse(one.function.arguments)])
  const ask = async (content: string, more: object = {}, messages: object[] = []) => {
    const { clock, call } = room({ pauses: false })
    return jsonOf(
      clock,
      await call({
        model: 'agent',
        messages: [{ role: 'user', content }, ...messages],
        tools: [mail, weather],
        ...more,
      }),
    )
  }

  const tool = (name: string, description: string, field: string) => ({
    type: 'function',
    function: {
      name,
      description,
      parameters: { type: 'object', properties: { [field]: { type: 'string' } }, required: [field] },
    },
  })
  test('calls the tool that the text names, with arguments from the text', async () => {
    const reply = await ask('What is the weather in Paris?')
    expect(callsOf(reply)).toEqual([['get_weather', { city: 'Paris' }]])
    expect(reply.choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: null,
        tool_calls: [{ id: expect.stringMatching(/^call_\w{24}$/), type: 'function' }],
      },
    })
  })

  test('calls two matching tools at once, or in sequence without parallel calls', async () => {
    const said = 'Send an email to ann@example.com about "Rain" and tell me the weather in Oslo'
    const both = [
      ['send_email', { to: 'ann@example.com', subject: 'Rain', copies: 1 }],
      ['get_weather', { city: 'Oslo' }],
    ]
    expect(callsOf(await ask(said))).toEqual(both)
    expect(callsOf(await ask(said, { parallel_tool_calls: false }))).toEqual(both.slice(0, 1))
  })

  test('calls one tool once for each of several names', async () => {
    expect(callsOf(await ask('How is the weather in San Francisco and Boston?'))).toEqual([
      ['get_weather', { city: 'San Francisco' }],
      ['get_weather', { city: 'Boston' }],
    ])
  })

  test('continues with the next part after a result, then sums up', async () => {
    const said = 'Look up the weather in Rome, then send an email to bob@example.com'
    const first = await ask(said)
    expect(callsOf(first)).toEqual([['get_weather', { city: 'Rome' }]])
    const answered = [
      first.choices[0].message,
      {
        role: 'tool',
        tool_call_id: first.choices[0].message.tool_calls?.[0].id,
        content: 'sunny, 31 degrees',
      },
    ]
    const second = await ask(said, {}, answered)
    expect(callsOf(second)).toEqual([
      ['send_email', { to: 'bob@example.com', subject: expect.any(String), copies: 1 }],
    ])
    const sent = [
      second.choices[0].message,
      {
        role: 'tool',
        tool_call_id: second.choices[0].message.tool_calls?.[0].id,
        content: [{ type: 'text', text: 'queued' }],
      },
    ]
    const last = await ask(said, {}, [...answered, ...sent])
    expect(last.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: {
        content: 'I called 2 tools. get_weather answered: sunny, 31 degrees send_email answered: queued',
      },
    })
  })

  test('continues with the tools of the other agent after a handoff', async () => {
    const said = 'How is the weather in Rome?'
    const first = await ask(said, { tools: [tool('transfer_to_weather_agent', 'Hands over.', 'reason')] })
    expect(callsOf(first)?.[0]?.[0]).toBe('transfer_to_weather_agent')
    const handed = [
      first.choices[0].message,
      {
        role: 'tool',
        tool_call_id: first.choices[0].message.tool_calls?.[0].id,
        content: '{"assistant":"w"}',
      },
    ]
    expect(callsOf(await ask(said, { tools: [weather] }, handed))).toEqual([
      ['get_weather', { city: 'Rome' }],
    ])
  })

  test('a structured response is filled from the results of tools, too', async () => {
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' }, degrees: { type: 'integer' } },
      required: ['city', 'degrees'],
    }
    const calls = [
      { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Rome"}' } },
    ]
    const answered = [
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'call_1', content: '31 degrees' },
    ]
    const format = { type: 'json_schema', json_schema: { name: 'w', schema } }
    const reply = await ask('How is the weather in Rome?', { response_format: format }, answered)
    expect(JSON.parse(reply.choices[0].message.content)).toEqual({ city: 'Rome', degrees: 31 })
  })

  test('a loop that always requires tools ends with text', async () => {
    const messages: object[] = []
    let rounds = 0
    for (; rounds < 20; rounds += 1) {
      const { message } = (await ask('What is the weather in Paris?', { tool_choice: 'required' }, messages))
        .choices[0]
      if (!message.tool_calls) break
      messages.push(
        message,
        ...message.tool_calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'fine' })),
      )
    }
    expect(rounds).toBe(8)
  })

  test('obeys tool_choice: none, required, a name', async () => {
    expect(callsOf(await ask('What is the weather in Paris?', { tool_choice: 'none' }))).toBeUndefined()
    expect(callsOf(await ask('Good morning', { tool_choice: 'required' }))).toEqual([
      ['send_email', { to: 'someone@example.com', subject: 'Good morning', copies: 1 }],
    ])
    const named = await ask('Mail 9 people about the weather', {
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
    })
    expect(callsOf(named)?.[0]?.[0]).toBe('get_weather')
    expect(named.choices[0].finish_reason).toBe('stop')
  })

  test('reports that no tool matches, or that none was offered', async () => {
    expect((await ask('Good morning')).choices[0].message.content).toBe(
      'None of my tools (send_email, get_weather) fits what you said: Good morning',
    )
    expect((await ask('Good morning', { tools: undefined })).choices[0].message.content).toBe(
      'I was offered no tools. You said: Good morning',
    )
  })

  test('makes calls exactly as the user wrote them, in rounds', async () => {
    const said =
      'get_weather {"city": "Rome, \\"then\\" Paris}"} and `send_email`({"to": "a@example.com"}), then get_weather {"city": "Oslo"} or nothing {"x": 1}'
    const first = await ask(said)
    expect(callsOf(first)).toEqual([
      ['get_weather', { city: 'Rome, "then" Paris}' }],
      ['send_email', { to: 'a@example.com' }],
    ])
    const results =
      first.choices[0].message.tool_calls?.map(({ id }) => ({
        role: 'tool',
        tool_call_id: id,
        content: 'fine',
      })) ?? []
    expect(callsOf(await ask(said, {}, [first.choices[0].message, ...results]))).toEqual([
      ['get_weather', { city: 'Oslo' }],
    ])
    expect(callsOf(await ask('get_weather {"city": "Rome'))).toEqual([
      ['get_weather', { city: expect.any(String) }],
    ])
  })

  const files = [
    tool(
      'read_file',
      'Reads and returns the content of a file. It may be an image, an agent or a directory.',
      'file_path',
    ),
    tool('write_file', 'Writes content to a file.', 'content'),
    tool('run_agent', 'Starts an agent.', 'prompt'),
    tool('bash', 'Runs a command.', 'command'),
  ]

  test('calls the best match of tools that share words, and passes quoted words to the tool', async () => {
    expect(callsOf(await ask('Read the file "/agent/notes and more.txt"', { tools: files }))).toEqual([
      ['read_file', { file_path: '/agent/notes and more.txt' }],
    ])
    expect(callsOf(await ask('Run the command `cat notes.txt` in bash', { tools: files }))).toEqual([
      ['bash', { command: 'cat notes.txt' }],
    ])
    expect(callsOf(await ask('Is the directory an image?', { tools: files }))).toBeUndefined()
  })

  test('text that an agent adds in tags does not count as the text of the user', async () => {
    const reminder = '<system-reminder>\nYou may run the agent and read a file.\n</system-reminder>\n'
    expect((await ask(`${reminder}Good morning`, { tools: files })).choices[0].message.content).toContain(
      'fits what you said: Good morning',
    )
    expect(callsOf(await ask(`${reminder}Read the file "a.txt"`, { tools: files }))).toEqual([
      ['read_file', { file_path: 'a.txt' }],
    ])
    expect(
      callsOf(await ask('Read the file "a.txt"', { tools: files }, [{ role: 'user', content: reminder }])),
    ).toEqual([['read_file', { file_path: 'a.txt' }]])
    const answered = [
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'bash', arguments: '{}' } }],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'done' },
      { role: 'user', content: 'Tool loaded.' },
    ]
    expect(
      callsOf(
        await ask(
          'bash {"command": "ls"}, then read_file {"file_path": "a.txt"}',
          { tools: files },
          answered,
        ),
      ),
    ).toEqual([['read_file', { file_path: 'a.txt' }]])
    expect((await ask('<b>only</b>', { tools: files })).choices[0].message.content).toContain(
      'fits what you said: <b>only</b>',
    )
    expect((await ask('<open> Good morning', { tools: files })).choices[0].message.content).toContain(
      'fits what you said: <open> Good morning',
    )
  })

  test('many unclosed tags take no time', async () => {
    const before = performance.now()
    await ask('<a>\n'.repeat(200_000).slice(0, 390_000), { tools: files })
    expect(performance.now() - before).toBeLessThan(5000)
  })

  test('streams calls as deltas that join to the same calls, with the same usage', async () => {
    const { clock, call } = room({ pauses: false })
    const body = {
      model: 'agent',
      messages: [{ role: 'user', content: 'How is the weather in San Francisco and Boston?' }],
      tools: [weather],
    }
    const whole = await jsonOf(clock, await call(body))
    const events = await eventsOf(
      clock,
      await call({ ...body, stream: true, stream_options: { include_usage: true } }),
    )
    const joined: { name: string; arguments: string }[] = []
    for (const { choices } of events) {
      for (const delta of choices[0]?.delta.tool_calls ?? []) {
        if (delta.id) joined[delta.index] = { name: delta.function.name, arguments: '' }
        const call = joined[delta.index]
        if (call) call.arguments += delta.function.arguments
      }
    }
    expect(joined).toEqual(whole.choices[0].message.tool_calls?.map(({ function: called }) => called) ?? [])
    expect(at(events, -1).usage).toEqual(whole.usage)
    expect(at(events, -2).choices[0].finish_reason).toBe('tool_calls')
  })

  test('a call at the output limit is cut', async () => {
    const reply = await ask('What is the weather in Paris?', { max_tokens: 8 })
    expect(reply.choices[0].finish_reason).toBe('length')
    expect(reply.usage.completion_tokens).toBeLessThanOrEqual(8)
  })

  test('the same text leads to the same calls', async () => {
    const said = 'Send an email to ann@example.com about "Rain" and tell me the weather in Oslo'
    expect(callsOf(await ask(said))).toEqual(callsOf(await ask(said)))
  })
})
