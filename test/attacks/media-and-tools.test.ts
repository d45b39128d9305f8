// Media, tools and remote references of every kind are visible. A policy that denies media or tools denies
// them. A hard budget requires their bound. A guard that fails closed refuses content that it cannot read. A
// request with plain texts passes all of these checks.

import { describe, expect, test } from 'bun:test'
import { scenes } from '../journeys/scene.ts'
import { type Back, backs, says } from '../upstreams/any-dialect.ts'
import type { FakeProvider } from '../upstreams/index.ts'

const { provider: newProvider, start } = scenes('file')

const fakes: Record<Back, FakeProvider> = {
  'openai-chat': await newProvider(),
  'openai-responses': await newProvider(),
  'anthropic-messages': await newProvider(),
  gemini: await newProvider(),
}
const kinds: Record<Back, string> = {
  'openai-chat': 'kind: openai-compatible',
  'openai-responses': 'kind: openai-compatible, options: { dialects: [openai-responses] }',
  'anthropic-messages': 'kind: anthropic',
  gemini: 'kind: gemini',
}
const names: Record<Back, string> = {
  'openai-chat': 'chat',
  'openai-responses': 'rsp',
  'anthropic-messages': 'ant',
  gemini: 'gem',
}
const urlOf = (back: Back) =>
  back === 'anthropic-messages' || back === 'gemini' ? fakes[back].url.replace(/\/v1$/, '') : fakes[back].url
for (const back of backs) fakes[back].always(says(back, { text: 'Hello.' }))

const common = `providers:
${backs.map((back) => `  ${names[back]}: { ${kinds[back]}, url: "${urlOf(back)}", key: sk-upstream, sharedState: allow }`).join('\n')}
models:
${backs.map((back) => `  ${names[back]}-main: { targets: [ { target: ${names[back]}/main, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }`).join('\n')}`
const team = (budgets: string) => `
teams:
  testers: { allow: { models: [ "*" ] }${budgets} }`

const worlds = {
  plain: await start({ config: common + team('') }),
  'without media': await start({
    config: `${common}${team('')}\npolicies:\n  p: { when: "size(operation.media) > 0", then: { deny: "no media" } }`,
  }),
  'without tools': await start({
    config: `${common}${team('')}\npolicies:\n  p: { when: "size(operation.tools) > 0", then: { deny: "no tools" } }`,
  }),
  'hard budget': await start({ config: common + team(', budgets: [ { amount: 1000, per: month } ]') }),
  'fails closed': await start({
    config: `${common}${team('')}\nguards:\n  personal: { kind: pii, action: flag, onError: closed }`,
  }),
  usual: await start({ config: `${common}${team('')}\nguards:\n  personal: { kind: pii, action: flag }` }),
}

const asked: Record<Back, object> = {
  'openai-chat': { max_tokens: 16, messages: [{ role: 'user', content: 'Hi' }] },
  'openai-responses': { max_output_tokens: 16, store: false, input: [{ role: 'user', content: 'Hi' }] },
  'anthropic-messages': { max_tokens: 16, messages: [{ role: 'user', content: 'Hi' }] },
  gemini: {
    generationConfig: { maxOutputTokens: 16 },
    contents: [{ role: 'user', parts: [{ text: 'Hi' }] }],
  },
}
const paths: Record<Back, string> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'anthropic-messages': '/v1/messages',
  gemini: '',
}

async function call(world: keyof typeof worlds, back: Back, more: object) {
  const { gatehouse } = worlds[world]
  const model = `${names[back]}-main`
  const path = paths[back] || `/v1beta/models/${model}:generateContent`
  const response = await fetch(gatehouse.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gatehouse.key}`,
      'x-goog-api-key': gatehouse.key,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ ...(paths[back] && { model }), ...asked[back], ...more }),
  })
  return { status: response.status, text: await response.text() }
}

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk'
const said = (part: object) => ({ messages: [{ role: 'user', content: [part] }] })
const chatMessage = (more: object) => ({ messages: [{ role: 'user', content: 'x', ...more }] })
const item = (each: object) => ({ input: [{ role: 'user', content: 'Hi' }, each] })
const result = (each: object) => ({
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [each] },
  ],
})
const part = (each: object) => ({ contents: [{ role: 'user', parts: [each] }] })
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } }
const pdf = { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: png } }

const media: Record<Back, Record<string, object>> = {
  'openai-chat': {
    'an image': said({ type: 'image_url', image_url: { url: 'https://x.example/a.png' } }),
    'a recording': said({ type: 'input_audio', input_audio: { data: png, format: 'wav' } }),
    'a file': said({ type: 'file', file: { file_id: 'file-abc' } }),
    'an image after a text': said({
      type: 'text',
      text: 'x',
      image_url: { url: 'https://x.example/a.png' },
    }),
    'an image without a type': said({ image_url: { url: 'https://x.example/a.png' } }),
    'images of Ollama’s': chatMessage({ images: ['iVBORw0KGgo='] }),
    'an image as a member': chatMessage({ image_base64: 'iVBORw0KGgo=' }),
    'earlier audio': chatMessage({ role: 'assistant', audio: { id: 'audio_abc' } }),
    'a part of an unknown type': said({ type: 'x_hologram', x: 'https://x.example/a' }),
    'a prediction with an image': {
      prediction: {
        type: 'content',
        content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }],
      },
    },
  },
  'openai-responses': {
    'an image': item({
      role: 'user',
      content: [{ type: 'input_image', image_url: 'https://x.example/a.png' }],
    }),
    'a file by URL': item({
      role: 'user',
      content: [{ type: 'input_file', file_url: 'https://x.example/a.pdf' }],
    }),
    'a screenshot by URL': item({
      type: 'computer_call_output',
      call_id: 'c',
      output: { type: 'computer_screenshot', image_url: 'https://x.example/a.png' },
    }),
    'a screenshot by id': item({
      type: 'computer_call_output',
      call_id: 'c',
      output: { type: 'computer_screenshot', file_id: 'file-abc' },
    }),
    'an image that was drawn': item({
      type: 'image_generation_call',
      id: 'ig_1',
      status: 'completed',
      result: png,
    }),
    'an image of the code interpreter': item({
      type: 'code_interpreter_call',
      id: 'ci_1',
      container_id: 'cntr_1',
      code: 'x',
      status: 'completed',
      outputs: [{ type: 'image', url: 'https://x.example/a.png' }],
    }),
    'an image in a shell’s output': item({
      type: 'shell_call_output',
      call_id: 'c',
      output: [{ type: 'input_image', image_url: 'https://x.example/a' }],
    }),
    'an image in a tool’s result': item({
      type: 'function_call_output',
      call_id: 'c',
      output: [{ type: 'input_image', file_id: 'file-abc' }],
    }),
    'an image in the output of MCP': item({
      type: 'mcp_call',
      id: 'mcp_1',
      name: 'f',
      arguments: '{}',
      server_label: 's',
      output: [{ type: 'image', data: png }],
    }),
    'an image in a variable': {
      prompt: {
        id: 'pmpt_1',
        variables: { photo: { type: 'input_image', image_url: 'https://x.example/a.png' } },
      },
    },
    'an item of an unknown type': item({ type: 'x_hologram', content: 'x' }),
    'an image in an unknown member': item({
      role: 'user',
      content: 'x',
      pictures: [{ at: 'https://x.example/a.png' }],
    }),
  },
  'anthropic-messages': {
    'an image': said(image),
    'a document by id': said({ type: 'document', source: { type: 'file', file_id: 'file_abc' } }),
    'an upload': said({ type: 'container_upload', file_id: 'file_abc' }),
    'an image in a result': said({ type: 'tool_result', tool_use_id: 't', content: [image] }),
    'an image in the result of MCP': result({ type: 'mcp_tool_result', tool_use_id: 't', content: [image] }),
    'a page that was fetched': result({
      type: 'web_fetch_tool_result',
      tool_use_id: 's',
      content: { type: 'web_fetch_result', url: 'https://x.example', content: pdf },
    }),
    'the result of a search of one’s own': said({
      type: 'search_result',
      source: 'https://x.example',
      title: 't',
      content: [{ type: 'text', text: 'x' }],
    }),
    'a file that code wrote': result({
      type: 'code_execution_tool_result',
      tool_use_id: 's',
      content: {
        type: 'code_execution_result',
        stdout: '',
        stderr: '',
        return_code: 0,
        content: [{ type: 'code_execution_output', file_id: 'file_abc' }],
      },
    }),
    'an image in a document': said({ type: 'document', source: { type: 'content', content: [image] } }),
    'an image in the instructions': { system: [image] },
    'a block of an unknown type': said({
      type: 'x_hologram',
      source: { type: 'url', url: 'https://x.example/a' },
    }),
    'an unknown member with a source': said({
      type: 'text',
      text: 'x',
      hologram: { source: 'https://x.example/a' },
    }),
  },
  gemini: {
    'an image': part({ inlineData: { mimeType: 'image/png', data: png } }),
    'a file': part({ fileData: { fileUri: 'https://x.example/a.png' } }),
    'an image in the older spelling': part({ inline_data: { mime_type: 'image/png', data: png } }),
    'an image in a result’s parts': part({
      functionResponse: {
        name: 'f',
        response: {},
        parts: [{ inlineData: { mimeType: 'image/png', data: png } }],
      },
    }),
    'an image in a result': part({
      functionResponse: {
        name: 'f',
        response: { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } },
      },
    }),
    'a data URL in a result': part({
      functionResponse: { name: 'f', response: { shot: `data:image/png;base64,${png}` } },
    }),
    'a cached prefix': { cachedContent: 'cachedContents/abc' },
    'a part of an unknown kind': part({ hologram: { data: 'x' } }),
    'an image in the instructions': {
      systemInstruction: { parts: [{ inlineData: { mimeType: 'image/png', data: png } }] },
    },
  },
}

const skill = { type: 'anthropic', skill_id: 'xlsx', version: 'latest' }
const tools: Record<Back, Record<string, { more: object; isServed: boolean }>> = {
  'openai-chat': {
    'a function': { more: { tools: [{ type: 'function', function: { name: 'f' } }] }, isServed: false },
    ...served({
      web_search_options: {},
      plugins: [{ id: 'web' }],
      search_parameters: { mode: 'auto' },
      enable_search: true,
      mcp_servers: [{ url: 'https://x.example' }],
      connectors: [{ id: 'web-search' }],
      data_sources: [{ type: 'azure_search', parameters: {} }],
      x_agents: { on: true },
      x_browse: true,
    }),
  },
  'openai-responses': {
    'a tool of OpenAI’s': { more: { tools: [{ type: 'web_search' }] }, isServed: true },
    'tools of an MCP server in the input': {
      more: item({
        type: 'mcp_list_tools',
        id: 'mcpl_1',
        server_label: 's',
        tools: [{ name: 'transfer', input_schema: {} }],
      }),
      isServed: false,
    },
    ...served({ web_search_options: {}, plugins: [{ id: 'web' }], x_agents: [{ name: 'x' }] }),
  },
  'anthropic-messages': {
    'a tool that was put off': {
      more: said({
        type: 'tool_result',
        tool_use_id: 't',
        content: [{ type: 'tool_reference', tool_name: 'transfer' }],
      }),
      isServed: false,
    },
    'skills of a container': { more: { container: { skills: [skill] } }, isServed: true },
    'a server of tools': {
      more: { mcp_servers: [{ type: 'url', name: 's', url: 'https://x.example' }] },
      isServed: true,
    },
    ...served({ plugins: [{ id: 'web' }], enable_search: true, x_agents: { on: true } }),
  },
  gemini: {
    'a tool of Google’s': { more: { tools: [{ googleSearch: {} }] }, isServed: true },
    'a server of tools': { more: { tools: [{ mcpServers: [{ name: 's' }] }] }, isServed: true },
    ...served({ plugins: [{ id: 'web' }], x_agents: { on: true } }),
  },
}

/** Top-level members of the request. */
function served(members: Record<string, unknown>): Record<string, { more: object; isServed: boolean }> {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, { more: { [name]: value }, isServed: true }]),
  )
}

describe.each([...backs])('%s', (back) => {
  test.each(Object.keys(worlds) as (keyof typeof worlds)[])(
    'a request with plain texts passes: %s',
    async (world) => {
      expect((await call(world, back, {})).status).toBe(200)
    },
  )

  test.each(Object.entries(media[back]))(
    '%s is visible to policies, budgets and guards',
    async (name, more) => {
      const before = fakes[back].requests.length
      const denied = await call('without media', back, more)
      expect([denied.status, denied.text]).toEqual([403, expect.stringContaining('no media')])
      const unbounded = await call('hard budget', back, more)
      expect([unbounded.status, unbounded.text]).toEqual([
        400,
        expect.stringMatching(/no upper bound|A hard budget applies/),
      ])
      const closed = await call('fails closed', back, more)
      expect([closed.status, closed.text]).toEqual([400, expect.stringContaining('cannot read')])
      expect(fakes[back].requests.length).toBe(before)
      // a default guard passes media and refuses unknown parts
      expect((await call('usual', back, more)).status).toBe(name.includes('unknown type') ? 400 : 200)
    },
  )

  test.each(Object.entries(tools[back]))(
    '%s is visible to policies and budgets',
    async (_, { more, isServed }) => {
      const before = fakes[back].requests.length
      const denied = await call('without tools', back, more)
      expect([denied.status, denied.text]).toEqual([403, expect.stringContaining('no tools')])
      expect(fakes[back].requests.length).toBe(before)
      expect((await call('hard budget', back, more)).status).toBe(isServed ? 400 : 200)
      expect((await call('plain', back, more)).status).toBe(200)
    },
  )
})
