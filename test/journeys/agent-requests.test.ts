// Requests of coding agents in their real form: tools in namespaces and in input items, free-text tools, a
// tool search that the client runs, the vendor's own tools, and context in tags. Each runs against the demo
// provider or against a provider of another dialect. script/agents.ts tests the agents themselves.

import { beforeAll, describe, expect, test } from 'bun:test'
import { backs, says } from '../upstreams/any-dialect.ts'
import type { FakeProvider } from '../upstreams/index.ts'
import { eventsOf, type Scene, scenes } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
const providers = {} as Record<(typeof backs)[number], FakeProvider>
let gatehouse: Scene['gatehouse']

beforeAll(async () => {
  for (const back of backs) providers[back] = await newProvider()
  const root = (back: (typeof backs)[number]) => providers[back].url.replace(/\/v1$/, '')
  const config = `providers:
  chat: { kind: openai-compatible, url: "${providers['openai-chat'].url}", key: sk-upstream }
  responses: { kind: openai-compatible, url: "${providers['openai-responses'].url}", key: sk-upstream, options: { dialects: [openai-responses] } }
  claude: { kind: anthropic, url: "${root('anthropic-messages')}", key: sk-upstream }
  gemini: { kind: gemini, url: "${root('gemini')}/v1beta", key: sk-upstream }
  demo: { kind: demo, options: { pauses: false } }
models:
  openai-chat: chat/fake
  openai-responses: { targets: [ { target: responses/fake, price: { input: 1, output: 2 } } ] }
  anthropic-messages: claude/fake
  gemini: gemini/fake
  helper: demo/agent
teams:
  testers: { allow: { models: ["*"] } }
  thrifty: { allow: { models: ["*"] }, budgets: [ { amount: 1, per: day } ] }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  saver: { team: thrifty, secret: "gh_saver-key-that-is-no-secret-0123456789" }`
  ;({ gatehouse } = await start({ config }))
})

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
type Body = any

async function post(path: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(gatehouse.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${gatehouse.key}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  const events: Body[] = eventsOf(text)
    .flatMap((event) => /^data: (\{.*)$/m.exec(event)?.[1] ?? [])
    .map((data) => JSON.parse(data))
  return {
    status: response.status,
    run: response.headers.get('x-gatehouse-run'),
    losses: response.headers.get('x-gatehouse-losses')?.split(', ') ?? [],
    text,
    events,
  }
}

const message = (role: string, text: string) => ({
  type: 'message',
  role,
  content: [{ type: 'input_text', text }],
})
const exec = {
  type: 'function',
  name: 'exec_command',
  description: 'Runs a command in a PTY.',
  strict: false,
  parameters: textOf('cmd'),
}
const patch = {
  type: 'custom',
  name: 'apply_patch',
  description: 'Edits files. FREEFORM.',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "*** Begin Patch"' },
}
const crew = {
  type: 'namespace',
  name: 'crew',
  description: 'Other agents.',
  tools: [
    {
      type: 'function',
      name: 'close_agent',
      description: 'Closes an agent.',
      strict: false,
      parameters: textOf('target'),
    },
  ],
}
const search = {
  type: 'tool_search',
  execution: 'client',
  description: 'Searches over tools.',
  parameters: textOf('query'),
}
const web = { type: 'web_search', external_web_access: false }

function textOf(name: string) {
  return {
    type: 'object',
    properties: { [name]: { type: 'string' } },
    required: [name],
    additionalProperties: false,
  }
}

/** A request of Codex: nothing is stored, everything is sent again. */
const codex = (model: string, input: object[], more: object = {}) => ({
  model,
  stream: true,
  input: [
    message('developer', 'You are a coding agent.'),
    message('user', '<environment_context>\n<cwd>/x</cwd>\n</environment_context>'),
    ...input,
  ],
  tool_choice: 'auto',
  parallel_tool_calls: true,
  reasoning: { effort: 'medium', summary: 'auto', context: 'all_turns' },
  store: false,
  include: ['reasoning.encrypted_content'],
  prompt_cache_key: 'thread-1',
  client_metadata: { thread_id: 'thread-1' },
  text: { verbosity: 'low' },
  ...more,
})

const doneItems = (events: Body[]) =>
  events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item)
const ask = async (body: object) => {
  const received = await post('/v1/responses', body)
  expect({ status: received.status, text: received.text.slice(0, 300) }).toMatchObject({ status: 200 })
  return { ...received, items: doneItems(received.events) }
}

describe('Codex', () => {
  const tools = [exec, patch, crew, search, web]

  test('Codex calls a tool of a namespace by its own name, and the loop ends with text', async () => {
    const said = message('user', 'crew__close_agent {"target": "a7"}')
    const first = await ask(codex('helper', [said], { tools }))
    expect(first.items).toEqual([
      expect.objectContaining({
        type: 'function_call',
        name: 'close_agent',
        namespace: 'crew',
        arguments: '{"target": "a7"}',
      }),
    ])
    expect(first.losses).toContain('tools[].type')
    const output = {
      type: 'function_call_output',
      call_id: first.items[0].call_id,
      output: 'closed: marzipan',
    }
    const second = await ask(codex('helper', [said, first.items[0], output], { tools }))
    expect(second.items[0].content[0].text).toBe(
      'I called one tool. crew__close_agent answered: closed: marzipan',
    )
  })

  test('Codex calls a free-text tool with free text', async () => {
    const said = message('user', 'apply_patch {"input": "*** Begin Patch\\n+\\"hi\\"\\n*** End Patch"}')
    const first = await ask(codex('helper', [said], { tools }))
    const input = '*** Begin Patch\n+"hi"\n*** End Patch'
    expect(first.items).toEqual([
      expect.objectContaining({ type: 'custom_tool_call', name: 'apply_patch', input }),
    ])
    const deltas = first.events
      .filter(({ type }) => type === 'response.custom_tool_call_input.delta')
      .map(({ delta }) => delta)
    expect(deltas.join('')).toBe(input)
    expect(first.losses).toContain('tools[].format')
    const output = {
      type: 'custom_tool_call_output',
      call_id: first.items[0].call_id,
      output: 'Success. A notes.txt',
    }
    const second = await ask(codex('helper', [said, first.items[0], output], { tools }))
    expect(second.items[0].content[0].text).toContain('apply_patch answered: Success. A notes.txt')
  })

  test('Codex can call tools from an item of the input', async () => {
    const code = { ...patch, name: 'exec', description: 'Runs JavaScript.' }
    const item = {
      type: 'additional_tools',
      id: 'at_1',
      role: 'developer',
      tools: [{ ...crew, name: 'functions', description: '', tools: [code, exec] }],
    }
    const said = message('user', 'functions__exec {"input": "text(1)"}')
    const first = await ask(codex('helper', [item, said]))
    expect(first.items).toEqual([
      expect.objectContaining({
        type: 'custom_tool_call',
        name: 'exec',
        namespace: 'functions',
        input: 'text(1)',
      }),
    ])
    const output = {
      type: 'custom_tool_call_output',
      call_id: first.items[0].call_id,
      output: [{ type: 'input_text', text: 'Script completed: 1' }],
    }
    const second = await ask(codex('helper', [item, said, first.items[0], output]))
    expect(second.items[0].content[0].text).toContain('functions__exec answered: Script completed: 1')
  })

  test('the client of Codex runs the tool search, and Codex can call the tools that it finds', async () => {
    const said = message('user', 'tool_search {"query": "agents"}, then crew__close_agent {"target": "a7"}')
    const first = await ask(codex('helper', [said], { tools: [exec, search] }))
    expect(first.items).toEqual([
      {
        id: expect.any(String),
        type: 'tool_search_call',
        status: 'completed',
        call_id: expect.any(String),
        execution: 'client',
        arguments: { query: 'agents' },
      },
    ])
    expect(first.events.some(({ type }) => type.includes('delta'))).toBe(false)
    const found = {
      type: 'tool_search_output',
      call_id: first.items[0].call_id,
      execution: 'client',
      status: 'completed',
      tools: [crew],
    }
    const second = await ask(codex('helper', [said, first.items[0], found], { tools: [exec, search] }))
    expect(second.items).toEqual([
      expect.objectContaining({ type: 'function_call', name: 'close_agent', namespace: 'crew' }),
    ])
  })

  test.each(['openai-chat', 'anthropic-messages', 'gemini'] as const)(
    'before %s every tool of Codex is a function, and the results come back in their own form',
    async (back) => {
      providers[back].next(
        says(back, { calls: [{ id: 'call_1', name: 'apply_patch', input: { input: '*** "x"\n' } }] }),
      )
      const received = await ask(codex(back, [message('user', 'Patch it')], { tools }))
      expect(received.items).toEqual([
        expect.objectContaining({ type: 'custom_tool_call', name: 'apply_patch', input: '*** "x"\n' }),
      ])
      const sent: Body = providers[back].requests.findLast(({ method }) => method === 'POST')?.json()
      expect(namesOf[back](sent)).toEqual(['exec_command', 'apply_patch', 'crew__close_agent', 'tool_search'])
      expect(JSON.stringify(sent.tools)).toContain('The input must match this lark grammar')
      expect(received.losses).toEqual(expect.arrayContaining(['tools[].type', 'tools[].format']))
    },
  )

  test('a provider of the dialect of Codex receives every byte unchanged', async () => {
    providers['openai-responses'].next(says('openai-responses', { text: 'Done.' }))
    const body = codex('openai-responses', [message('user', 'Patch it')], { tools })
    const received = await ask(body)
    expect(received.losses).toEqual([])
    expect(
      providers['openai-responses'].requests.findLast(({ method }) => method === 'POST')?.json(),
    ).toEqual({ ...body, model: 'fake' })
  })

  test('under a hard budget, the vendor’s own tools of Codex exclude only the targets that would run them', async () => {
    const key = { authorization: 'Bearer gh_saver-key-that-is-no-secret-0123456789' }
    const asked = (model: string) =>
      post(
        '/v1/responses',
        codex(model, [message('user', 'Hi')], { tools: [exec, web], max_output_tokens: 50 }),
        key,
      )
    expect((await asked('helper')).status).toBe(200)
    const { status, text } = await asked('openai-responses')
    expect({ status, code: JSON.parse(text).error.code }).toEqual({ status: 400, code: 'unbounded_cost' })
  })

  test.each<[string, object]>([
    ['alone', { tools: [web] }],
    ['demanded by name', { tools: [exec, web], tool_choice: { type: 'web_search' } }],
    ['one of those of which one must be called', { tools: [exec, web], tool_choice: 'required' }],
    [
      'one of those allowed',
      {
        tools: [exec, web],
        tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'web_search' }] },
      },
    ],
  ])('the vendor’s own tool, %s, is refused at another vendor', async (_how, more) => {
    const { status, text } = await post('/v1/responses', codex('helper', [message('user', 'News?')], more))
    expect({ status, error: JSON.parse(text).error }).toMatchObject({
      status: 400,
      error: { code: 'unsupported', param: 'tools[].type' },
    })
  })
})

const namesOf: Readonly<Record<'openai-chat' | 'anthropic-messages' | 'gemini', (sent: Body) => string[]>> = {
  'openai-chat': ({ tools }) => tools.map((tool: Body) => tool.function.name),
  'anthropic-messages': ({ tools }) => tools.map((tool: Body) => tool.name),
  gemini: ({ tools }) =>
    tools.flatMap((tool: Body) => tool.functionDeclarations.map(({ name }: Body) => name)),
}

test('the session of an agent is the run of its calls, inside the caller’s own run, unless the client names another', async () => {
  const claude = { model: 'helper', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }
  const runOf = async (path: string, body: object, headers: Record<string, string>) =>
    (await post(path, body, headers)).run
  expect(
    await runOf('/v1/responses', codex('helper', [message('user', 'Hi')]), { 'session-id': 's-1' }),
  ).toBe('tester:s-1')
  expect(await runOf('/v1/messages', claude, { 'x-claude-code-session-id': 's-2' })).toBe('tester:s-2')
  expect(
    await runOf('/v1/messages', claude, { 'x-claude-code-session-id': 's-2', 'x-gatehouse-run': 'nightly' }),
  ).toBe('tester:nightly')
  expect(await runOf('/v1/messages', claude, { 'x-claude-code-session-id': '' })).toMatch(/^tester:run_/)
})

test('Claude Code’s reminders are not user text, and it can call a tool that its search found', async () => {
  const tool = (name: string, field: string, more: object = {}) => ({
    name,
    description: `Does ${name}.`,
    input_schema: textOf(field),
    ...more,
  })
  const tools = [
    tool('ToolSearch', 'query'),
    tool('WebFetch', 'url', { defer_loading: true }),
    tool('Agent', 'prompt'),
  ]
  const body = (messages: object[]) => ({
    model: 'helper',
    max_tokens: 32_000,
    stream: true,
    system: [{ type: 'text', text: 'You are an agent.', cache_control: { type: 'ephemeral' } }],
    messages,
    tools,
    metadata: { user_id: '{"session_id":"s-1"}' },
    thinking: { type: 'adaptive', display: 'omitted' },
    context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    output_config: { effort: 'high' },
  })
  const headers = {
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'claude-code-20250219,advanced-tool-use-2025-11-20,effort-2025-11-24',
  }
  const said = [
    {
      role: 'user',
      content: [
        { type: 'text', text: '<system-reminder>\nThe Agent tool launches agents.\n</system-reminder>\n' },
        {
          type: 'text',
          text: 'ToolSearch {"query": "select:WebFetch"}, then WebFetch {"url": "https://example.com/"}',
        },
      ],
    },
    {
      role: 'system',
      content: [{ type: 'text', text: '# Environment', cache_control: { type: 'ephemeral' } }],
    },
  ]
  const callOf = ({ events }: { events: Body[] }) =>
    events.find(({ content_block: block }) => block?.type === 'tool_use')?.content_block
  const first = await post('/v1/messages?beta=true', body(said), headers)
  expect(first.status).toBe(200)
  expect(callOf(first)).toMatchObject({ name: 'ToolSearch' })
  const found = {
    role: 'user',
    content: [
      {
        type: 'tool_result',
        tool_use_id: callOf(first).id,
        content: [{ type: 'tool_reference', tool_name: 'WebFetch' }],
      },
      { type: 'text', text: '<system-reminder>\nDo not forget the Agent tool.\n</system-reminder>' },
    ],
  }
  const asked = { role: 'assistant', content: [{ ...callOf(first), input: { query: 'select:WebFetch' } }] }
  const second = await post('/v1/messages?beta=true', body([...said, asked, found]), headers)
  expect({ status: second.status, call: callOf(second) }).toMatchObject({
    status: 200,
    call: { name: 'WebFetch' },
  })
})

test('Gemini CLI’s session context is not user text, and its functions are described by JSON Schema', async () => {
  const body = {
    contents: [
      {
        role: 'user',
        parts: [
          { text: '<session_context>\nThe directory of agents and files.\n</session_context>' },
          { text: 'Read the file "notes.txt"' },
        ],
      },
    ],
    systemInstruction: { role: 'user', parts: [{ text: 'You are a CLI agent.' }] },
    tools: [
      {
        functionDeclarations: [
          {
            name: 'write_file',
            description: 'Writes a file.',
            parametersJsonSchema: {
              ...textOf('content'),
              $schema: 'http://json-schema.org/draft-07/schema#',
            },
          },
          { name: 'read_file', description: 'Reads a file.', parametersJsonSchema: textOf('file_path') },
        ],
      },
    ],
    generationConfig: { temperature: 1, topP: 0.95, topK: 64, thinkingConfig: { includeThoughts: true } },
  }
  const { status, events } = await post('/v1beta/models/helper:streamGenerateContent?alt=sse', body, {
    'x-goog-api-key': gatehouse.key,
  })
  expect(status).toBe(200)
  const parts = events.flatMap(({ candidates }) => candidates?.[0]?.content?.parts ?? [])
  expect(parts.flatMap(({ functionCall }) => functionCall ?? [])).toEqual([
    expect.objectContaining({ name: 'read_file', args: { file_path: 'notes.txt' } }),
  ])
})
