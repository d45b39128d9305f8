// A translated conversation has the order and form that the target's vendors accept: the first and last role,
// calls with their results, texts that are not blank.

import { describe, expect, test } from 'bun:test'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import { sender, type Sent, type Target } from './sender.ts'

const send = sender()
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (content: unknown) => ({ role: 'assistant', content })
const system = (content: unknown) => ({ role: 'system', content })
const chatCalls = (...ids: string[]) => ({
  role: 'assistant',
  content: null,
  tool_calls: ids.map((id) => ({ id, type: 'function', function: { name: 'shell', arguments: '{}' } })),
})
const chatResult = (id: string, content = id) => ({ role: 'tool', tool_call_id: id, content })
const google = (role: 'user' | 'model', ...parts: object[]) => ({ role, parts })
const text = (said: string) => ({ text: said })

/**
 * A short form of the request that a target received: `user: go | assistant: <call_1> | tool: <call_1>=A`.
 */
function outline({ body }: Sent): string {
  if (body === undefined) return 'refused'
  if (body.contents)
    return body.contents
      .map((content: Body) => `${content.role}: ${content.parts.map(partOf).join(' ')}`)
      .join(' | ')
  if (body.input !== undefined) return body.input.map(itemOf).join(' | ')
  return body.messages.map((message: Body) => `${message.role}: ${messageOf(message)}`).join(' | ')
}

// biome-ignore lint/suspicious/noExplicitAny: bodies of any shape
type Body = any

const partOf = ({ text: said, functionCall, functionResponse }: Body) =>
  functionCall
    ? `<${functionCall.id}>`
    : functionResponse
      ? `<${functionResponse.id}>=${functionResponse.response.output}`
      : said

function itemOf({ type, role, content, call_id, output }: Body): string {
  if (type === 'function_call') return `<${call_id}>`
  if (type === 'function_call_output') return `<${call_id}>=${output}`
  return `${role}: ${typeof content === 'string' ? content : content.map(({ text: said }: Body) => said).join(' ')}`
}

function messageOf({ content, tool_calls = [], tool_call_id }: Body): string {
  const blocks = typeof content === 'string' ? [content] : (content ?? []).map(blockOf)
  const calls = tool_calls.map(({ id }: Body) => `<${id}>`)
  return [...(tool_call_id ? [`<${tool_call_id}>=${blocks.join(' ')}`] : blocks), ...calls].join(' ')
}

function blockOf({ type, text: said, id, tool_use_id, content }: Body): string {
  if (type === 'tool_use') return `<${id}>`
  return type === 'tool_result' ? `<${tool_use_id}>=${(content ?? []).map(blockOf).join(' ')}` : said
}

type To = `${Target}/${string}`
const ant: To = 'ant/claude-sonnet-4-5'
const gem: To = 'gem/gemini-2.5-flash'

describe('only instructions', () => {
  const asked: Readonly<Record<Exclude<Dialect, 'gemini'>, object>> = {
    'openai-chat': { messages: [system('Be kind.'), { role: 'developer', content: 'Say hello.' }] },
    'openai-responses': { instructions: 'Be kind.', input: [{ role: 'developer', content: 'Say hello.' }] },
    'anthropic-messages': { system: 'Be kind.', messages: [{ role: 'system', content: 'Say hello.' }] },
  }
  test.each<[Exclude<Dialect, 'gemini'>, To, string, string]>([
    ['openai-chat', ant, 'user: Be kind. Say hello.', 'messages[].role'],
    ['openai-responses', ant, 'user: Be kind. Say hello.', 'instructions'],
    ['openai-chat', gem, 'user: Be kind. Say hello.', 'messages[].role'],
    ['openai-responses', gem, 'user: Be kind. Say hello.', 'instructions'],
    ['anthropic-messages', gem, 'user: Be kind. Say hello.', 'system'],
  ])('%s → %s: what the user says, and a loss', async (front, to, sent, lost) => {
    const made = await send(front, to, asked[front])
    expect(outline(made)).toBe(sent)
    expect(made.losses).toContain(lost)
    expect(made.body).not.toHaveProperty('system')
    expect(made.body).not.toHaveProperty('systemInstruction')
  })

  test.each<[Exclude<Dialect, 'gemini'>, To, string]>([
    ['openai-chat', 'rsp/m', 'system: Be kind. | developer: Say hello.'],
    ['openai-responses', 'chat/m', 'system: Be kind. | developer: Say hello.'],
  ])('%s → %s: as they are', async (front, to, sent) => {
    const made = await send(front, to, asked[front])
    expect(outline(made)).toBe(sent)
    expect(made.body).not.toHaveProperty('instructions')
  })
})

describe('instructions after the assistant’s last turn', () => {
  const messages = [user('Hi'), assistant('Hello.'), system('Now answer in French.')]
  test.each<[Dialect, To, object]>([
    ['openai-chat', ant, { messages }],
    ['openai-chat', gem, { messages }],
    ['openai-responses', ant, { input: messages }],
    ['openai-responses', gem, { input: messages }],
    ['anthropic-messages', gem, { messages }],
  ])(
    '%s → %s: instructions at the end stay last, so that the assistant does not continue its own sentence',
    async (front, to, body) => {
      const made = await send(front, to, body)
      expect(outline(made)).toBe(
        `user: Hi | ${to === gem ? 'model' : 'assistant'}: Hello. | user: Now answer in French.`,
      )
      expect(made.losses.join()).toMatch(/\[\]\.role/)
    },
  )

  test('a prefill stays a prefill, and instructions elsewhere move to the beginning', async () => {
    const made = await send('openai-chat', ant, {
      messages: [user('Hi'), system('Be brief.'), assistant('Hello')],
    })
    expect([made.body.system, outline(made)]).toEqual(['Be brief.', 'user: Hi | assistant: Hello'])
  })
})

describe('a conversation that starts with the assistant', () => {
  const opening = '(The assistant begins the conversation.)'
  test.each<[Dialect, To, object, string]>([
    [
      'openai-chat',
      gem,
      { messages: [chatCalls('c1'), chatResult('c1'), user('go on')] },
      `user: ${opening} | model: <c1> | user: <c1>=c1 go on`,
    ],
    [
      'openai-chat',
      ant,
      { messages: [assistant('Welcome.'), user('Hi')] },
      `user: ${opening} | assistant: Welcome. | user: Hi`,
    ],
    [
      'openai-responses',
      gem,
      { input: [assistant('Welcome.'), user('Hi')] },
      `user: ${opening} | model: Welcome. | user: Hi`,
    ],
    [
      'anthropic-messages',
      gem,
      { messages: [assistant('Welcome.'), user('Hi')] },
      `user: ${opening} | model: Welcome. | user: Hi`,
    ],
  ])('%s → %s: a user is there before it, and a loss is named', async (front, to, body, sent) => {
    const made = await send(front, to, body)
    expect(outline(made)).toBe(sent)
    expect(made.losses.join()).toMatch(/\[\]\.role/)
  })

  test('a conversation that starts with the assistant is unchanged if the vendor accepts it', async () => {
    expect(
      outline(await send('anthropic-messages', 'chat/m', { messages: [assistant('Welcome.'), user('Hi')] })),
    ).toBe('assistant: Welcome. | user: Hi')
  })
})

describe('calls and results', () => {
  const parts = (id: string) => ({ functionCall: { id, name: 'shell', args: {} } })
  const gave = (id: string) => ({ functionResponse: { id, name: 'shell', response: { output: id } } })
  const twoModels = {
    contents: [
      google('user', text('go')),
      google('model', parts('a')),
      google('model', parts('b')),
      google('user', gave('a'), gave('b')),
    ],
  }
  const call = (id: string) => ({ type: 'function_call', call_id: id, name: 'shell', arguments: '{}' })
  const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: id })
  const late = { input: [user('go'), call('a'), call('b'), output('a'), user('Wait!'), output('b')] }

  test.each<[string, Dialect, To, object, string]>([
    [
      'two turns with a call each',
      'gemini',
      'chat/m',
      twoModels,
      'user: go | assistant: <a> <b> | tool: <a>=a | tool: <b>=b',
    ],
    [
      'two turns with a call each',
      'gemini',
      ant,
      twoModels,
      'user: go | assistant: <a> <b> | user: <a>=a <b>=b',
    ],
    ['two turns with a call each', 'gemini', 'rsp/m', twoModels, 'user: go | <a> | <b> | <a>=a | <b>=b'],
    [
      'a result after what the user says',
      'openai-responses',
      'chat/m',
      late,
      'user: go | assistant: <a> <b> | tool: <a>=a | tool: <b>=b | user: Wait!',
    ],
    [
      'a result after what the user says',
      'openai-responses',
      ant,
      late,
      'user: go | assistant: <a> <b> | user: <a>=a <b>=b Wait!',
    ],
    [
      'a result after what the user says',
      'openai-responses',
      gem,
      late,
      'user: go | model: <a> <b> | user: <a>=a <b>=b Wait!',
    ],
    [
      'instructions between a call and its result',
      'openai-responses',
      'chat/m',
      { input: [user('go'), call('a'), { role: 'developer', content: 'Mind.' }, output('a')] },
      'user: go | assistant: <a> | tool: <a>=a | developer: Mind.',
    ],
    [
      'words after a call, in a turn of their own',
      'openai-chat',
      ant,
      { messages: [user('go'), chatCalls('a'), assistant('Working.'), chatResult('a')] },
      'user: go | assistant: <a> Working. | user: <a>=a',
    ],
    [
      'two messages with calls, then both results',
      'openai-chat',
      gem,
      { messages: [user('go'), chatCalls('a'), chatCalls('b'), chatResult('b'), chatResult('a')] },
      'user: go | model: <a> <b> | user: <b>=b <a>=a',
    ],
    [
      'two messages with calls, then both results',
      'openai-chat',
      'rsp/m',
      { messages: [user('go'), chatCalls('a'), chatCalls('b'), chatResult('b'), chatResult('a')] },
      'user: go | <a> | <b> | <b>=b | <a>=a',
    ],
    [
      'an id in every response',
      'openai-chat',
      ant,
      {
        messages: [
          user('go'),
          chatCalls('c'),
          chatResult('c', 'A'),
          chatCalls('c'),
          chatResult('c', 'B'),
          chatCalls('c'),
          chatResult('c', 'C'),
        ],
      },
      'user: go | assistant: <c> | user: <c>=A | assistant: <c_2> | user: <c_2>=B | assistant: <c_3> | user: <c_3>=C',
    ],
    [
      'an id in every response',
      'anthropic-messages',
      'chat/m',
      {
        messages: [1, 2].flatMap((turn) => [
          user('go'),
          assistant([{ type: 'tool_use', id: 'c', name: 'shell', input: {} }]),
          user([{ type: 'tool_result', tool_use_id: 'c', content: String(turn) }]),
        ]),
      },
      'user: go | assistant: <c> | tool: <c>=1 | user: go | assistant: <c_2> | tool: <c_2>=2',
    ],
    [
      'an id that looks like the substitute of another',
      'openai-chat',
      ant,
      {
        messages: [
          user('go'),
          chatCalls('c_2'),
          chatResult('c_2', 'A'),
          chatCalls('c'),
          chatResult('c', 'B'),
          chatCalls('c'),
          chatResult('c', 'C'),
        ],
      },
      'user: go | assistant: <c_2> | user: <c_2>=A | assistant: <c> | user: <c>=B | assistant: <c_3> | user: <c_3>=C',
    ],
    [
      'a result in two messages',
      'openai-chat',
      ant,
      { messages: [user('go'), chatCalls('a'), chatResult('a', 'one'), chatResult('a', 'two')] },
      'user: go | assistant: <a> | user: <a>=one two',
    ],
  ])('%s: %s → %s', async (_what, front, to, body, sent) => {
    expect(outline(await send(front, to, body))).toBe(sent)
  })
})

test.each<[Dialect, To, object, string, string]>([
  [
    'openai-chat',
    ant,
    { messages: [user('go'), chatCalls('a', 'b'), chatResult('b'), user('Stop.')] },
    'user: go | assistant: <a> <b> | user: <b>=b <a>=There is no result. Stop.',
    'messages[].tool_calls',
  ],
  [
    'openai-responses',
    'chat/m',
    {
      input: [
        user('go'),
        { type: 'function_call', call_id: 'a', name: 'shell', arguments: '{}' },
        user('Stop.'),
      ],
    },
    'user: go | assistant: <a> | tool: <a>=There is no result. | user: Stop.',
    'input[].call_id',
  ],
  [
    'anthropic-messages',
    gem,
    {
      messages: [
        user('go'),
        assistant([{ type: 'tool_use', id: 'a', name: 'shell', input: {} }]),
        user('Stop.'),
      ],
    },
    'user: go | model: <a> | user: <a>=There is no result. Stop.',
    'messages[].content[].id',
  ],
])(
  '%s → %s: a call without a result gets a placeholder result, and the loss is named',
  async (front, to, body, sent, lost) => {
    const made = await send(front, to, body)
    expect(outline(made)).toBe(sent)
    expect(made.losses).toContain(lost)
  },
)

test('arguments that are not text or not JSON are passed on, so that a model’s output cannot block a conversation', async () => {
  const call = (args: unknown) => ({ type: 'function_call', call_id: 'a', name: 'shell', arguments: args })
  const input = (args: unknown) => ({
    input: [user('go'), call(args), { type: 'function_call_output', call_id: 'a', output: 'A' }],
  })
  const sent = async (args: unknown) =>
    (await send('openai-responses', ant, input(args))).body.messages[1].content[0].input
  expect(await sent({ command: 'b' })).toEqual({ command: 'b' })
  expect(await sent('{"command":"b"}')).toEqual({ command: 'b' })
  expect(await sent('{"command":')).toEqual({ INVALID_JSON: '{"command":' })
})

describe('blank texts', () => {
  const blanks = [' ', '\n\n', ' \t\n', '\u00a0', '']
  const turns = (said: string): Readonly<Record<Exclude<Dialect, 'anthropic-messages'>, object>> => ({
    'openai-chat': { messages: [user('q'), assistant(said), user('r')] },
    'openai-responses': { input: [user('q'), assistant([{ type: 'output_text', text: said }]), user('r')] },
    gemini: { contents: [google('user', text('q')), google('model', text(said)), google('user', text('r'))] },
  })

  test.each(
    blanks.flatMap((blank) =>
      (['openai-chat', 'openai-responses', 'gemini'] as const).map(
        (front) => [front, JSON.stringify(blank), blank] as const,
      ),
    ),
  )('%s → Anthropic: a turn of %s is left out', async (front, _shown, blank) => {
    expect(outline(await send(front, ant, turns(blank)[front]))).toBe('user: q | user: r')
  })

  test('blank parts, instructions and results are left out for Anthropic', async () => {
    const messages = [
      system(' \n'),
      user([
        { type: 'text', text: ' ' },
        { type: 'text', text: 'q' },
      ]),
      { ...chatCalls('a'), content: '\n' },
      chatResult('a', '  '),
      user('r'),
    ]
    const made = await send('openai-chat', ant, { messages })
    expect(outline(made)).toBe('user: q | assistant: <a> | user: <a>= r')
    expect(made.body).not.toHaveProperty('system')
  })

  test('a failed tool result without text gets one for Anthropic, which requires it', async () => {
    const contents = [
      google('user', text('go')),
      google('model', { functionCall: { id: 'a', name: 'shell', args: {} } }),
      google('user', { functionResponse: { id: 'a', name: 'shell', response: { error: ' ' } } }),
    ]
    const { body } = await send('gemini', ant, { contents })
    expect(body.messages[2].content).toEqual([
      {
        type: 'tool_result',
        tool_use_id: 'a',
        content: [{ type: 'text', text: 'The tool failed.' }],
        is_error: true,
      },
    ])
  })

  test('a turn with only unreadable reasoning does not become an empty message', async () => {
    const thought = assistant([{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }])
    expect(
      outline(await send('anthropic-messages', 'chat/m', { messages: [user('q'), thought, user('r')] })),
    ).toBe('user: q | user: r')
  })

  test('whitespace is cut only at the end of a prefill', async () => {
    const cut = await send('openai-chat', ant, { messages: [user('q \n'), assistant('The answer is: \n')] })
    expect(outline(cut)).toBe('user: q \n | assistant: The answer is:')
    const blank = await send('openai-chat', ant, { messages: [user('q'), assistant(' \n')] })
    expect(outline(blank)).toBe('user: q')
  })

  test.each<[Dialect, To, object]>([
    ['openai-chat', ant, { messages: [user(' ')] }],
    ['openai-chat', ant, { messages: [user('q'), assistant('a'), user(' ')] }],
    ['gemini', ant, { contents: [google('user', text('\n'))] }],
    ['openai-responses', gem, { input: '' }],
    ['openai-chat', gem, { messages: [user('')] }],
    ['openai-chat', gem, { messages: [] }],
  ])('%s → %s: where nothing is left to respond to, the call is refused by name', async (front, to, body) => {
    const made = await send(front, to, body)
    expect([outline(made), made.status]).toEqual(['refused', 400])
    expect(JSON.stringify(made.response)).toMatch(/\\"(?:messages|input|contents)\\"/)
  })

  test('empty parts are left out for every target, and whitespace is kept if the target accepts it', async () => {
    const contents = [
      google('user', text('q')),
      google('model', text(' ')),
      google('user', text(''), text('r')),
    ]
    expect(outline(await send('gemini', 'chat/m', { contents }))).toBe('user: q | assistant:   | user: r')
    const messages = [
      user('q'),
      assistant(''),
      user([
        { type: 'text', text: '' },
        { type: 'text', text: 'r' },
      ]),
    ]
    expect(outline(await send('openai-chat', 'rsp/m', { messages }))).toBe('user: q | user: r')
    expect(outline(await send('openai-chat', gem, { messages }))).toBe('user: q r')
    expect(
      outline(
        await send('anthropic-messages', 'mistral/m', {
          messages: [user('q'), assistant([{ type: 'text', text: '' }]), user('r')],
        }),
      ),
    ).toBe('user: q | user: r')
  })
})
