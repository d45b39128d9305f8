// Values that a client must send back: call ids and reasoning signatures. The next request must resolve them,
// at the vendor that created them and at any other.

import { describe, expect, test } from 'bun:test'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import { type Back, streamOf } from '../upstreams/any-dialect.ts'
import { behave } from '../upstreams/index.ts'
import { responses } from '../upstreams/responses.ts'
import { sender, type Target } from './sender.ts'

const send = sender()
const shell = (id: string) => ({ calls: [{ id, name: 'shell', input: { command: 'b' } }] })

describe('call ids in a response', () => {
  const history: Readonly<Record<Exclude<Dialect, 'gemini'>, object>> = {
    'openai-chat': {
      messages: [
        { role: 'user', content: 'go' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_0', type: 'function', function: { name: 'shell', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'call_0', content: 'A' },
      ],
    },
    'openai-responses': {
      input: [
        { role: 'user', content: 'go' },
        { type: 'function_call', call_id: 'call_0', name: 'shell', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_0', output: 'A' },
      ],
    },
    'anthropic-messages': {
      messages: [
        { role: 'user', content: 'go' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'call_0', name: 'shell', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_0', content: 'A' }] },
      ],
    },
  }
  const pairs: readonly (readonly [Exclude<Dialect, 'gemini'>, Target, Back])[] = [
    ['openai-chat', 'rsp', 'openai-responses'],
    ['openai-chat', 'ant', 'anthropic-messages'],
    ['openai-responses', 'chat', 'openai-chat'],
    ['openai-responses', 'ant', 'anthropic-messages'],
    ['anthropic-messages', 'chat', 'openai-chat'],
    ['anthropic-messages', 'rsp', 'openai-responses'],
  ]
  const forms = [true, false] as const

  test.each(
    pairs.flatMap((pair) => forms.map((isStream) => [...pair, isStream ? 'stream' : 'whole'] as const)),
  )(
    '%s ← %s (%s, %s): an id that the conversation has already is replaced by a fresh one',
    async (front, target, back, form) => {
      const body = { ...history[front], stream: form === 'stream' }
      const upstream = form === 'stream' ? behave.sse(streamOf(back, shell('call_0'))) : shell('call_0')
      const { text } = await send(front, `${target}/m`, body, upstream)
      expect(text).toContain('shell')
      expect(text).not.toContain('"call_0"')
      expect(text).toMatch(/"(?:call_id|id)":"call_[A-Za-z0-9]{24}"/)
    },
  )

  test('any other call id is passed on unchanged', async () => {
    for (const [front, target] of pairs)
      expect((await send(front, `${target}/m`, history[front], shell('call_1'))).text).toContain('"call_1"')
  })

  test('two calls of one response never share an id', async () => {
    const both = { calls: [...shell('same').calls, ...shell('same').calls] }
    for (const [front, target] of pairs) {
      const { text } = await send(front, `${target}/m`, { ...history[front] }, both)
      const ids = [...text.matchAll(/"(?:call_id|id)":"(same|call_\w{24})"/g)].map(([, id]) => id)
      expect(new Set(ids).size).toBe(2)
    }
  })

  test('a call id that the client’s dialect does not accept gets a substitute, and the result still matches its call', async () => {
    const { response } = await send(
      'anthropic-messages',
      'chat/m',
      history['anthropic-messages'],
      shell('functions.shell:0'),
    )
    const [{ id }] = response.content
    expect(id).toMatch(/^[\w-]{1,64}$/)
    const messages = [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: response.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'A' }] },
    ]
    const { body } = await send('anthropic-messages', 'chat/m', { messages })
    expect(body.messages[2].tool_call_id).toBe(body.messages[1].tool_calls[0].id)
  })
})

describe('encrypted reasoning of Responses for a Messages client', () => {
  const asked = {
    thinking: { type: 'enabled', budget_tokens: 1024 },
    max_tokens: 2000,
    messages: [{ role: 'user', content: 'go' }],
  }
  const output = [responses.reasoning('I think.', 'ZW5jcnlwdGVk'), responses.call('shell', {}, 'call_7')]
  const silent = [responses.reasoning('', 'ZW5jcnlwdGVk'), responses.message('Done.')]
  const content = async (items: typeof output) =>
    (await send('anthropic-messages', 'rsp/m', asked, behave.json(responses.whole(items)))).response.content

  const again = (given: object[]) => ({
    ...asked,
    messages: [
      { role: 'user', content: 'go' },
      { role: 'assistant', content: given },
      {
        role: 'user',
        content: given.some((block) => 'id' in block)
          ? [{ type: 'tool_result', tool_use_id: 'call_7', content: 'A' }]
          : 'And?',
      },
    ],
  })

  test.each([
    ['with a summary', output, 'I think.'],
    ['without a text', silent, ''],
  ])(
    '%s: encrypted reasoning of Responses is in the signature of a thinking block and comes back unchanged',
    async (_what, items, thinking) => {
      const given = await content(items)
      expect(given[0]).toEqual({
        type: 'thinking',
        thinking,
        signature: expect.stringMatching(/^gatehouse\.[\w-]+$/),
      })
      const { body, losses } = await send('anthropic-messages', 'rsp/m', again(given))
      const item = body.input.find(({ type }: { type: string }) => type === 'reasoning')
      expect(item).toMatchObject({
        id: 'rs_fake_1',
        encrypted_content: 'ZW5jcnlwdGVk',
        summary: thinking === '' ? [] : [{ text: thinking }],
      })
      expect(losses.join()).not.toContain('content[].thinking')
    },
  )

  test('encrypted reasoning of Responses is also in the signature of a streamed thinking block', async () => {
    const { text } = await send(
      'anthropic-messages',
      'rsp/m',
      { ...asked, stream: true },
      behave.sse(responses.stream(output)),
    )
    expect(text).toMatch(/"type":"thinking_delta","thinking":/)
    expect(text).toMatch(/"type":"signature_delta","signature":"gatehouse\.[\w-]+"/)
  })

  test.each(['chat/m', 'gem/gemini-2.5-flash'] as const)(
    'encrypted reasoning of Responses is left out at %s, and the loss is named',
    async (to) => {
      const { body, losses } = await send('anthropic-messages', to, again(await content(output)))
      expect(JSON.stringify(body)).not.toContain('gatehouse.')
      expect(losses.join()).toMatch(/messages\[\]\.content\[\]\.(?:thinking|signature)/)
    },
  )

  test('Anthropic itself does not get encrypted reasoning of Responses; everything else stays byte for byte', async () => {
    const given = await content(output)
    const { body, losses } = await send('anthropic-messages', 'ant/claude-sonnet-4-5', again(given))
    const { messages } = again(given.slice(1))
    expect(body.messages).toEqual(messages)
    expect(losses).toEqual(['messages[].content[].signature'])
    // a message that only has this block is removed too
    const alone = {
      ...asked,
      messages: [
        { role: 'user', content: 'go' },
        { role: 'assistant', content: given.slice(0, 1) },
        { role: 'user', content: 'ü' },
      ],
    }
    expect((await send('anthropic-messages', 'ant/claude-sonnet-4-5', alone)).body.messages).toEqual([
      alone.messages[0],
      alone.messages[2],
    ])
    // Anthropic's own thinking is unchanged
    const own = again([
      { type: 'thinking', thinking: 'Mine.', signature: 'EqQB' },
      { type: 'text', text: 'Hi' },
    ])
    expect((await send('anthropic-messages', 'ant/claude-sonnet-4-5', own)).body.messages).toEqual(
      own.messages,
    )
  })
})

describe('a free-text tool is called as a function', () => {
  const tools = [{ type: 'custom', name: 'patch', description: 'Applies a patch' }]
  test.each<[string, object, string]>([
    ['its own member', { input: 'text' }, 'text'],
    ['one member of another name', { patch: 'text' }, 'text'],
    ['its own member among others', { input: 'text', more: 'x' }, 'text'],
    ['several others', { a: 'x', b: 'y' }, '{"a":"x","b":"y"}'],
    ['a member that is no text', { n: 5 }, '{"n":5}'],
  ])('%s', async (_what, input, text) => {
    const { response } = await send(
      'openai-responses',
      'chat/m',
      { input: 'go', tools },
      { calls: [{ id: 'c', name: 'patch', input }] },
    )
    expect(response.output).toContainEqual(expect.objectContaining({ type: 'custom_tool_call', input: text }))
  })
})
