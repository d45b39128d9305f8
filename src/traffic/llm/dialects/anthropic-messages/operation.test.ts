import { describe, expect, test } from 'bun:test'
import type { GatewayError } from '../../../../contract/errors.ts'
import type { OperationOptions } from '../../wire/operation.ts'
import { messages, messagesOperation } from './operation.ts'
import { GatewayError as Failure } from '../../../../contract/errors.ts'
import { writeBrokenStream, writeError } from './errors.ts'

const options: OperationOptions = {
  providerFor: () => {
    throw new Error('nothing is sent here')
  },
  maxDepth: 64,
}
const body = (more: object = {}) => ({
  model: 'fast',
  max_tokens: 500,
  messages: [{ role: 'user', content: 'Hi' }],
  ...more,
})
const bytes = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))
const operation = (value: object | string) => messagesOperation(bytes(value), options)

describe('the maximum usage of one call', () => {
  const demand = (more: object) => operation(body(more)).demand('claude/x')

  test('is bounded by the bytes and the limit of the request', () => {
    const size = bytes(body()).length
    expect(demand({})).toMatchObject({
      outputTokens: 500,
      choices: 1,
      hasUnboundedFees: false,
      mayHoldAudio: false,
    })
    expect(demand({}).inputTokens).toBeGreaterThanOrEqual(size)
    const tools = [{ name: 'f', input_schema: {} }]
    // Anthropic prepends instructions for tools, and longer ones for its own tools
    expect(demand({ tools }).inputTokens).toBeGreaterThan(size + 500)
    expect(
      demand({ tools: [...tools, { type: 'bash_20250124', name: 'bash' }] }).inputTokens,
    ).toBeGreaterThan((demand({ tools }).inputTokens ?? 0) + 500)
  })

  test('includes the minimum output of a target of another dialect, to which a translation raises a smaller limit', () => {
    const elsewhere = (more: object) =>
      messagesOperation(bytes(body(more)), { ...options, speaks: (target) => target === 'claude/x' })
    expect(elsewhere({ max_tokens: 1 }).demand('openai/x')).toMatchObject({ outputTokens: 16 })
    expect(elsewhere({ max_tokens: 1 }).demand('claude/x')).toMatchObject({ outputTokens: 1 })
    expect(elsewhere({ max_tokens: 17 }).demand('openai/x')).toMatchObject({ outputTokens: 17 })
  })

  test.each<[object, object]>([
    [{ max_tokens: undefined }, { outputTokens: undefined, reason: expect.stringContaining('max_tokens') }],
    [
      { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      { inputTokens: undefined, hasUnboundedFees: true, reason: expect.stringContaining('web search') },
    ],
    [{ mcp_servers: [{ type: 'url', url: 'https://x.example', name: 'x' }] }, { hasUnboundedFees: true }],
    [
      { context_management: { edits: [{ type: 'compact_20260112' }] } },
      { hasUnboundedFees: true, reason: expect.stringContaining('compaction') },
    ],
    [{ context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } }, { hasUnboundedFees: false }],
    [{ inference_geo: 'us' }, { hasUnboundedFees: false, terms: ['geo-us'] }],
    [{ inference_geo: 'global', service_tier: 'auto', speed: 'standard' }, { hasUnboundedFees: false }],
    [
      { speed: 'fast', inference_geo: 'us' },
      { hasUnboundedFees: false, terms: ['fast', 'geo-us'] },
    ],
    [
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'image', source: { type: 'url', url: 'https://x.example/a.png' } }],
          },
        ],
      },
      { inputTokens: undefined, hasUnboundedFees: false },
    ],
    [
      {
        messages: [
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                tool_use_id: 't',
                content: [{ type: 'document', source: { type: 'file', file_id: 'f' } }],
              },
            ],
          },
        ],
      },
      { inputTokens: undefined },
    ],
  ])('has no bound for %p', (more, expected) => {
    expect(demand(more)).toMatchObject(expected)
  })

  test('is known before media are read, with any spelling of their key', () => {
    const spelled = JSON.stringify(
      body({
        messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }],
      }),
    )
    expect(
      operation(spelled.replace('"source"', '"sour\\u0063e"')).demand('claude/x').inputTokens,
    ).toBeUndefined()
  })
})

describe('the forwarded request', () => {
  const sent = (value: object | string, outputCap?: number) =>
    Buffer.from(
      messages.forward(messages.view(bytes(value), options), {
        model: 'claude-x',
        provider: 'p',
        isTranslated: false,
        sharesState: false,
        departures: { usageInStream: true, unbilledErrors: 'none' },
        outputCap,
      }).body,
    ).toString()

  test('is the caller’s own text except for the model', () => {
    const odd = '{ "messages":[] ,"model" : "fast", "max_tokens": 5e2,"new":{"a":[1.0]} }'
    expect(sent(odd)).toBe(odd.replace('"fast"', '"claude-x"'))
  })

  test('is capped by a budget, thinking included', () => {
    expect(JSON.parse(sent(body(), 100)).max_tokens).toBe(100)
    expect(JSON.parse(sent(body(), 900)).max_tokens).toBe(500)
    expect(JSON.parse(sent(body({ max_tokens: undefined }), 100)).max_tokens).toBe(100)
    const thinking = { type: 'enabled', budget_tokens: 8000 }
    expect(JSON.parse(sent(body({ max_tokens: 9000, thinking }), 5000))).toMatchObject({
      max_tokens: 5000,
      thinking: { budget_tokens: 4999 },
    })
    expect(JSON.parse(sent(body({ max_tokens: 9000, thinking }), 8500))).toMatchObject({
      max_tokens: 8500,
      thinking,
    })
  })
})

describe('the text for guards', () => {
  const everything = body({
    system: [{ type: 'text', text: 'rules' }],
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'question' },
          { type: 'document', title: 'name', context: 'about', source: { type: 'text', data: 'paper' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'thought', signature: 'c2ln' },
          { type: 'text', text: 'said', citations: [{ type: 'char_location', cited_text: 'cited' }] },
          { type: 'tool_use', id: 't', name: 'f', input: { deep: ['argument'] } },
          {
            type: 'web_search_tool_result',
            tool_use_id: 's',
            content: [{ title: 'found', encrypted_content: 'xY7'.repeat(100) }],
          },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'text', text: 'result' }] }],
      },
    ],
    tools: [
      {
        name: 'f',
        description: 'described',
        input_schema: { type: 'object', properties: { a: { description: 'inner' } } },
      },
    ],
    metadata: { user_id: 'who' },
  })

  test('includes everything that a person or model would read', () => {
    const told = operation(everything)
      .content()
      .pieces.map(({ kind, text }) => [kind, text])
    expect(told).toEqual([
      ['instruction', 'rules'],
      ['text', 'question'],
      ['text', 'name'],
      ['text', 'about'],
      ['text', 'paper'],
      ['reasoning', 'thought'],
      ['text', 'said'],
      ['tool-arguments', '{"deep":["argument"]}'],
      ['tool-result', 'result'],
      ['tool-definition', 'described'],
      ['tool-definition', 'a\n¶\ninner'],
      ['text', 'cited\n¶\nfound\n¶\nwho'],
      ['text', ['fast', 'c2ln', 't', 'f', 's', 't', 'f'].join('\n¶\n')],
    ])
  })

  test('can be edited at any position, and nothing else changes', () => {
    const first = operation(everything)
    for (const { channel, text, fieldAt } of first.content().pieces) {
      if (fieldAt) continue
      const at = text.indexOf('a')
      if (at < 0) continue
      const edited = first.edit([{ channel, start: at, end: at + 1, replacement: '«»' }])
      const texts = edited.content().pieces.map((piece) => piece.text)
      expect(texts).toEqual(
        first
          .content()
          .pieces.map((piece) =>
            piece.channel === channel ? `${text.slice(0, at)}«»${text.slice(at + 1)}` : piece.text,
          ),
      )
    }
  })

  test('includes the names of tools, regardless of who runs them', () => {
    expect(
      operation(
        body({
          tools: [{ name: 'f' }, { type: 'web_search_20250305', name: 'web_search' }],
          mcp_servers: [{ name: 'm' }],
        }),
      ).facts.tools,
    ).toEqual(['f', 'web_search', 'm'])
  })
})

test.each<[object | string, string | undefined]>([
  ['', undefined],
  ['[]', undefined],
  [{ max_tokens: 1, messages: [] }, 'model'],
  [{ model: 'fast' }, 'messages'],
  [body({ max_tokens: 1.5 }), 'max_tokens'],
  [body({ stream: 'yes' }), 'stream'],
  [body({ thinking: [] }), 'thinking'],
  ['{"model":"fast","model":"slow","messages":[]}', undefined],
])('an unreadable body is refused, with the field’s name: %p', (value, param) => {
  let thrown: GatewayError | undefined
  try {
    operation(value)
  } catch (error) {
    thrown = error as GatewayError
  }
  expect([thrown?.code, thrown?.details.param]).toEqual(['bad-request', param])
})

test.each([
  ['no-key', 401, 'authentication_error', 'false'],
  ['unknown-model', 404, 'not_found_error', 'false'],
  ['policy-denied', 403, 'permission_error', 'false'],
  ['request-too-large', 413, 'request_too_large', 'false'],
  ['rate-limited', 429, 'rate_limit_error', 'true'],
  ['budget-exhausted', 402, 'billing_error', 'false'],
  ['guard-blocked', 400, 'invalid_request_error', 'false'],
  ['overloaded', 529, 'overloaded_error', 'true'],
  ['upstream-timeout', 504, 'timeout_error', 'true'],
  ['internal', 500, 'api_error', 'true'],
] as const)('%s is said as %d %s', (code, status, type, retry) => {
  const error = new Failure(code, 'What to do.', { retryAfterSeconds: 3 })
  const worded = writeError(error, 'ex_1')
  expect(worded.status).toBe(status)
  expect(JSON.parse(worded.body)).toEqual({
    type: 'error',
    error: { type, message: 'What to do.' },
    request_id: 'ex_1',
  })
  const headers = new Map(worded.headers)
  expect([headers.get('x-should-retry'), headers.get('retry-after'), headers.get('request-id')]).toEqual([
    retry,
    '3',
    'ex_1',
  ])
  const event = writeBrokenStream(error)
  expect(event).toStartWith('event: error\n')
  expect(JSON.parse(event.slice(event.indexOf('{'))).error.type).toBe(type)
})
