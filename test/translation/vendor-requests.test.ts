// Requests as clients of one vendor really write them, with parts that only that vendor understands: what
// other vendors receive of them.

import { describe, expect, test } from 'bun:test'
import { sender } from './sender.ts'

const send = sender()
const targets = ['chat/m', 'rsp/m', 'gem/gemini-2.5-flash'] as const
const line = (value: string) =>
  `x-anthropic-billing-header: cc_version=2.1.37; cc_entrypoint=cli; cch=${value};`

describe('the line of Claude Code that Anthropic bills by', () => {
  const block = (text: string) => ({ type: 'text', text })
  const agent = 'You are a coding agent.'
  const asked = (system: unknown) => ({ system, messages: [{ role: 'user', content: 'Hi' }] })

  test.each(targets)('is left out at %s, so that prompts begin alike', async (to) => {
    const bodies = []
    for (const value of ['1a2b3', '9f8e7'])
      for (const system of [
        [block(line(value)), block(agent)],
        `${line(value)}\n${agent}`,
        [block(`\n${line(value)}\nX-Anthropic-Other: ${value}`), block(agent)],
      ]) {
        const { body } = await send('anthropic-messages', to, asked(system))
        bodies.push(JSON.stringify(body))
      }
    expect(bodies[0]).toContain(agent)
    expect(bodies[0]).not.toContain('billing')
    expect(new Set(bodies).size).toBe(1)
  })

  test('the billing line of Claude Code stays for Anthropic and in user text', async () => {
    const system = [block(line('1')), block(agent)]
    expect((await send('anthropic-messages', 'ant/claude-sonnet-4-5', asked(system))).body.system).toEqual(
      system,
    )
    const { body } = await send('anthropic-messages', 'chat/m', {
      messages: [{ role: 'user', content: line('1') }],
    })
    expect(body.messages).toEqual([{ role: 'user', content: line('1') }])
  })
})

describe('a tool search that OpenAI ran itself', () => {
  const tool = {
    type: 'function',
    name: 'get_weather',
    description: 'Of a city',
    parameters: { type: 'object', properties: {} },
  }
  const search = (id: string | null) => [
    {
      type: 'tool_search_call',
      call_id: id,
      execution: 'server',
      status: 'completed',
      arguments: { query: 'weather' },
    },
    {
      type: 'tool_search_output',
      call_id: id,
      execution: 'server',
      status: 'completed',
      tools: [{ ...tool, defer_loading: true }],
    },
  ]
  const asked = (...items: object[]) => ({
    tools: [
      { type: 'function', name: 'shell', parameters: { type: 'object', properties: {} } },
      { ...tool, defer_loading: true },
      { type: 'tool_search' },
    ],
    input: [{ role: 'user', content: 'How is the weather?' }, ...items, { role: 'user', content: 'Well?' }],
  })
  const namesIn: Readonly<Record<string, (body: Body) => string[]>> = {
    chat: ({ tools }) => tools.map(({ function: { name } }: Body) => name),
    ant: ({ tools }) => tools.map(({ name }: Body) => name),
    gem: ({ tools }) => tools[0].functionDeclarations.map(({ name }: Body) => name),
  }

  test.each(
    (['chat/m', 'ant/m', 'gem/gemini-2.5-flash'] as const).flatMap((to) =>
      ['tsc_1', null].map((id) => [to, id] as const),
    ),
  )('is left out at %s (id %p), and what it found is offered once', async (to, id) => {
    const made = await send('openai-responses', to, asked(...search(id)))
    expect(made.status).toBe(200)
    expect(JSON.stringify(made.body)).not.toMatch(/tool_search|tsc_1/)
    expect(namesIn[to.split('/')[0] ?? '']?.(made.body)).toEqual(['shell', 'get_weather'])
    expect(made.losses).toContain('input[]')
  })

  test('a tool search of OpenAI without its output does not count as a call without a result', async () => {
    const { body } = await send('openai-responses', 'chat/m', asked(...search('tsc_1').slice(0, 1)))
    expect(JSON.stringify(body.messages)).not.toContain('tool_calls')
  })

  test('a tool search that the client runs stays a call with its result', async () => {
    const items = search('tsc_1').map((item) => ({ ...item, execution: 'client' }))
    const { body } = await send('openai-responses', 'chat/m', asked(...items))
    expect(body.messages.map(({ role }: Body) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
  })
})

describe('enumerations as numbers, which Vertex AI’s own libraries write', () => {
  const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }]
  const parameters = {
    type: 6,
    properties: {
      city: { type: 1 },
      days: { type: 5, items: { type: 3 } },
      exact: { type: 4, nullable: true },
      share: { type: 2 },
    },
  }
  const schema = {
    type: 'object',
    properties: {
      city: { type: 'string' },
      days: { type: 'array', items: { type: 'integer' } },
      exact: { type: ['boolean', 'null'] },
      share: { type: 'number' },
    },
  }

  test('types of schemas', async () => {
    const { body } = await send('gemini', 'ant/m', {
      contents,
      tools: [{ functionDeclarations: [{ name: 'f', parameters }] }],
    })
    expect(body.tools[0].input_schema).toEqual(schema)
    const generationConfig = { responseMimeType: 'application/json', responseSchema: parameters }
    const chat = await send('gemini', 'chat/m', { contents, generationConfig })
    expect(chat.body.response_format.json_schema.schema).toEqual(schema)
  })

  test('modes of calling and modalities', async () => {
    const tools = [{ functionDeclarations: [{ name: 'f' }] }]
    const choice = async (mode: number) =>
      (await send('gemini', 'chat/m', { contents, tools, toolConfig: { functionCallingConfig: { mode } } }))
        .body.tool_choice
    expect([await choice(1), await choice(2), await choice(3)]).toEqual(['auto', 'required', 'none'])
    expect(
      (await send('gemini', 'chat/m', { contents, generationConfig: { responseModalities: [1] } })).status,
    ).toBe(200)
  })
})

// biome-ignore lint/suspicious/noExplicitAny: bodies of any shape
type Body = any
