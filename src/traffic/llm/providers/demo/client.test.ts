import { afterAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import type { DestinationRule } from '../../../../contract/snapshot.ts'
import { createRealClock } from '../../../../kit/real-clock.ts'
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
  options: { pauses: false },
}
const provider = demo.create(rule, {
  clock: createRealClock(),
  random: Math.random,
  dial: () => Promise.reject(new Error('the demo provider must not dial')),
})

// the demo provider on a port, with nothing between it and the client
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    const attempt = {
      exchange: 'x',
      number: 1,
      target: { id: 'demo/echo', provider: 'demo', model: 'echo', traits: [], prices: [] },
      depth: 'meter',
      signal: request.signal,
      timeouts: rule.timeouts,
      callerHeaders: request.headers,
      subject: { key: 'k', team: 't', teamPath: ['t'], tags: {}, claims: {} },
      onSent: () => {},
    } as const
    const call = {
      dialect: 'openai-chat',
      path: '/chat/completions',
      body: await request.text(),
      isStreaming: false,
      attempt,
    } as const
    const { status, headers, body } = await provider.send(call)
    const stream = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          // a broken connection ends here without its last bytes
          const piece = await body.next().catch(() => undefined)
          if (piece) controller.enqueue(piece)
          else controller.close()
        },
        cancel: () => body.cancel(),
      },
      { highWaterMark: 0 },
    )
    return new Response(stream, { status, headers: [...headers] })
  },
})
afterAll(() => server.stop(true))

const client = new OpenAI({ baseURL: `http://127.0.0.1:${server.port}/v1`, apiKey: 'none', maxRetries: 0 })
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    description: 'Weather at a place',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    parse: JSON.parse,
    function: ({ city }: { city: string }) => `sunny in ${city}`,
  },
}

describe('the official client', () => {
  test('reads a whole response and a stream', async () => {
    const messages = [{ role: 'user', content: 'one two three' }] as const
    const whole = await client.chat.completions.create({ model: 'echo', messages: [...messages] })
    expect(whole.choices[0]?.message.content).toBe('one two three')
    const stream = client.chat.completions.stream({
      model: 'echo',
      messages: [...messages],
      stream_options: { include_usage: true },
    })
    const final = await stream.finalChatCompletion()
    expect(final.choices[0]?.message.content).toBe('one two three')
    expect(final.usage).toEqual(whole.usage)
  })

  test.each([true, false])('drives the agent through its tools (streamed: %p)', async (isStreamed) => {
    const body = {
      model: 'agent',
      messages: [{ role: 'user' as const, content: 'What is the weather in Paris and Rome?' }],
      tools: [weather],
    }
    const runner = isStreamed
      ? client.chat.completions.runTools({ ...body, stream: true })
      : client.chat.completions.runTools(body)
    expect(await runner.finalContent()).toBe(
      'I called 2 tools. get_weather answered: sunny in Paris get_weather answered: sunny in Rome',
    )
  })

  test('raises its typed errors', async () => {
    const seen: string[] = []
    for (let turn = 0; turn < 7; turn += 1) {
      const outcome = client.chat.completions.create({
        model: 'flaky',
        messages: [{ role: 'user', content: 'hello' }],
      })
      seen.push(
        await outcome.then(
          () => 'ok',
          (error: unknown) =>
            error instanceof OpenAI.APIError
              ? `${error.constructor.name} ${error.status ?? '-'}`
              : String(error),
        ),
      )
    }
    // the fifth breaks off in the middle of its body. The client chooses the message of that error
    expect(seen.toSpliced(4, 1)).toEqual([
      'ok',
      'RateLimitError 429',
      'ok',
      'InternalServerError 500',
      'ok',
      'InternalServerError 503',
    ])
    expect(seen[4]).not.toBe('ok')
    const unknown = client.chat.completions.create({
      model: 'nobody',
      messages: [{ role: 'user', content: 'hello' }],
    })
    expect(
      await unknown.then(
        () => 'ok',
        (error: unknown) => error,
      ),
    ).toMatchObject({ status: 404, code: 'model_not_found' })
  })
})
