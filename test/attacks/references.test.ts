// Requests can name more than their model: other models, other names of a model, and things in the account
// that all callers share.

import { expect, test } from 'bun:test'
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
  'openai-chat': 'kind: openrouter',
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
// The kinds of Anthropic and Google add the version themselves.
const urlOf = (back: Back) =>
  back === 'anthropic-messages' || back === 'gemini' ? fakes[back].url.replace(/\/v1$/, '') : fakes[back].url
const providerLines = backs.flatMap((back) => [
  `  ${names[back]}: { ${kinds[back]}, url: "${urlOf(back)}", key: sk-upstream }`,
  `  ${names[back]}-own: { ${kinds[back]}, url: "${urlOf(back)}", key: sk-upstream, sharedState: allow }`,
])
for (const back of backs) fakes[back].always(says(back, { text: 'Hello.' }))
const { gatehouse } = await start({
  config: `providers:
${providerLines.join('\n')}
  oll: { kind: ollama, url: "${fakes['openai-chat'].url}" }
policies:
  ruled: { for: [models], when: resource.name.endsWith("/ruled-model"), then: deny }
  asked: { for: [models], when: resource.name.endsWith("/asked-model"), then: ask }
teams:
  testers: { allow: { models: [ "*/*" ] }, deny: { models: [ "*/secret-*" ] } }
  narrow: { allow: { models: [ "*/main" ] } }
  denied: { allow: { models: [ "*/*" ] }, deny: { models: [ gem/gemini-2.5-pro, oll/llama3, chat/vendor/big ] } }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  narrow: { team: narrow, secret: "\${NARROW_KEY}" }
  denied: { team: denied, secret: "\${DENIED_KEY}" }`,
  env: { NARROW_KEY: 'gh_narrow-0123456789', DENIED_KEY: 'gh_denied-0123456789' },
})

const paths: Record<Back, string> = {
  'openai-chat': '/v1/chat/completions',
  'openai-responses': '/v1/responses',
  'anthropic-messages': '/v1/messages',
  gemini: '/v1beta/models/',
}
const plain: Record<Back, object> = {
  'openai-chat': { messages: [{ role: 'user', content: 'Hi' }] },
  'openai-responses': { input: [{ role: 'user', content: 'Hi' }] },
  'anthropic-messages': { max_tokens: 16, messages: [{ role: 'user', content: 'Hi' }] },
  gemini: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
}

async function call(
  back: Back,
  body: object | string,
  how: { key?: string; provider?: string; model?: string } = {},
) {
  const { key = gatehouse.key, provider = names[back], model = 'main' } = how
  const before = fakes[back].requests.length
  const name = `${provider}/${model}`
  const path = back === 'gemini' ? `${paths.gemini}${encodeURIComponent(name)}:generateContent` : paths[back]
  const text =
    typeof body === 'string'
      ? body
      : JSON.stringify({ ...(back === 'gemini' ? {} : { model: name }), ...plain[back], ...body })
  const header = back === 'gemini' ? 'x-goog-api-key' : 'authorization'
  const response = await fetch(`${gatehouse.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [header]: back === 'gemini' ? key : `Bearer ${key}` },
    body: text,
  })
  const received = await response.text()
  // The gateway requests the list of models at any time.
  const posted = fakes[back].requests.slice(before).filter(({ method }) => method === 'POST')
  return {
    status: response.status,
    answer: received,
    sent: posted.map((request) => ({ path: request.path, text: request.text() })),
  }
}

/** Where each dialect, and vendors that extend it, let a request name a second model. */
const secondModels: readonly [Back, string, (model: string) => object][] = [
  [
    'anthropic-messages',
    'tools[0].model',
    (model) => ({ tools: [{ type: 'advisor_20260301', name: 'advisor', model }] }),
  ],
  [
    'anthropic-messages',
    'tools[0].options.advisorModel',
    (model) => ({ tools: [{ type: 'later', name: 'x', options: { advisorModel: model } }] }),
  ],
  ['openai-responses', 'tools[0].model', (model) => ({ tools: [{ type: 'image_generation', model }] })],
  [
    'openai-responses',
    'tools[0].svg.model',
    (model) => ({ tools: [{ type: 'image_generation', svg: { model } }] }),
  ],
  ['openai-responses', 'moderation.model', (model) => ({ moderation: { model } })],
  [
    'openai-responses',
    'input[1].tools[0].model',
    (model) => ({
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'additional_tools', tools: [{ type: 'image_generation', model }] },
      ],
    }),
  ],
  ['openai-chat', 'moderation.model', (model) => ({ moderation: { model } })],
  [
    'openai-chat',
    'tools[0].parameters.model',
    (model) => ({ tools: [{ type: 'openrouter:advisor', parameters: { model } }] }),
  ],
  ['openai-chat', 'plugins[0].models[0]', (model) => ({ plugins: [{ id: 'router', models: [model] }] })],
  [
    'gemini',
    'generationConfig.routingConfig.manualMode.modelName',
    (model) => ({ generationConfig: { routingConfig: { manualMode: { modelName: model } } } }),
  ],
  [
    'gemini',
    'generation_config.model_selection.model',
    (model) => ({ generation_config: { model_selection: { model } } }),
  ],
]

test.each(secondModels)('%s: a second model at %s needs a grant of its own', async (back, path, body) => {
  for (const key of [undefined, 'gh_narrow-0123456789']) {
    const { status, answer, sent } = await call(back, body('secret-model'), key ? { key } : {})
    expect([status, sent]).toEqual([404, []])
    expect(answer).toContain(path.replace(/\[0\]$/, ''))
  }
  // the same checks as a call of that model: a policy denies one and requires approval for the other
  for (const model of ['ruled-model', 'asked-model']) {
    const { status, sent } = await call(back, body(model))
    expect([model, status, sent]).toEqual([model, 404, []])
  }
  const { status, sent } = await call(back, body('other-model'))
  expect([status, sent.length]).toEqual([200, 1])
  expect(sent[0]?.text).toContain('other-model')
})

test.each(['"mod\\u0065l"', '"\\u006dodel"', '"m\\u006fdel"'])(
  'the name of a member can be escaped (%s), and is seen all the same',
  async (member) => {
    const body = JSON.stringify({
      model: 'ant/main',
      ...plain['anthropic-messages'],
      tools: [{ type: 'advisor_20260301', name: 'advisor', X: 'secret-model' }],
    })
    const { status, sent } = await call('anthropic-messages', body.replace('"X"', member))
    expect([status, sent]).toEqual([404, []])
  },
)

/** The authors' own data may have any member. */
const authors: readonly [Back, object][] = [
  [
    'openai-chat',
    {
      tools: [
        {
          type: 'function',
          function: {
            name: 'f',
            parameters: {
              type: 'object',
              properties: { model: { type: 'string' }, file_id: { type: 'string', const: 'x' } },
            },
          },
        },
      ],
    },
  ],
  [
    'openai-chat',
    {
      messages: [
        { role: 'user', content: '{"model": "secret-model", "file_id": "file-1"} is "model": x' },
        { role: 'assistant', content: 'Hello', model: 'secret-model' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [
            {
              id: 'c1',
              type: 'function',
              function: { name: 'f', arguments: '{"model":"secret-model","container_id":"c"}' },
            },
          ],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'ok' },
      ],
      metadata: { model: 'secret-model', user_id: 'u', file_id: 'f' },
    },
  ],
  [
    'anthropic-messages',
    {
      tools: [
        { name: 'f', input_schema: { type: 'object', properties: { model: { enum: ['secret-model'] } } } },
      ],
    },
  ],
  [
    'anthropic-messages',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        {
          role: 'assistant',
          content: [
            {
              type: 'tool_use',
              id: 't1',
              name: 'f',
              input: { model: 'secret-model', file_id: 'x', container: 'y' },
            },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content: 'ok' }] },
      ],
      metadata: { user_id: 'u' },
    },
  ],
  [
    'openai-responses',
    {
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{"file_id":"x"}' },
        { type: 'function_call_output', call_id: 'c1', output: 'ok' },
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [
            {
              type: 'output_text',
              text: 'x',
              annotations: [{ type: 'file_citation', file_id: 'f', index: 0, filename: 'n' }],
            },
          ],
        },
      ],
      tools: [
        {
          type: 'function',
          name: 'f',
          strict: false,
          parameters: { type: 'object', properties: { model: { enum: ['secret-model'] } } },
        },
      ],
    },
  ],
  [
    'gemini',
    {
      contents: [
        {
          role: 'model',
          parts: [{ functionCall: { name: 'f', args: { model: 'secret-model', fileId: 'x' } } }],
        },
        { role: 'user', parts: [{ functionResponse: { name: 'f', response: { cachedContent: 'x' } } }] },
      ],
    },
  ],
  [
    'gemini',
    {
      contents: [
        {
          role: 'user',
          parts: [{ fileData: { fileUri: 'https://www.youtube.com/watch?v=x', mimeType: 'video/mp4' } }],
        },
      ],
    },
  ],
]

test.each(authors)('%s: a model name in the data of authors is not a reference (%#)', async (back, body) => {
  const { status, sent } = await call(back, body)
  expect([status, sent.length]).toEqual([200, 1])
})

/** Ids of things in the vendor's account. */
const things: readonly [Back, string, object][] = [
  [
    'openai-chat',
    'messages[0].content[0].file.file_id',
    { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
  ],
  [
    'openai-chat',
    'messages[1].audio.id',
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', audio: { id: 'audio_1' } },
      ],
    },
  ],
  ['openai-chat', 'previous_response_id', { previous_response_id: 'resp_1' }],
  ['openai-chat', 'extra.cached_content', { extra: { cached_content: 'cachedContents/1' } }],
  [
    'openai-chat',
    'tools[0].file_search.vector_store_ids',
    { tools: [{ type: 'file_search', file_search: { vector_store_ids: ['vs_1'] } }] },
  ],
  [
    'anthropic-messages',
    'messages[0].content[0].source.file_id',
    {
      messages: [
        { role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'file_1' } }] },
      ],
    },
  ],
  [
    'anthropic-messages',
    'messages[0].content[0].file_id',
    { messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'file_1' }] }] },
  ],
  ['anthropic-messages', 'container', { container: 'container_1' }],
  ['anthropic-messages', 'container.id', { container: { id: 'container_1' } }],
  [
    'anthropic-messages',
    'container.skills[0].skill_id',
    { container: { skills: [{ type: 'custom', skill_id: 'skill_1' }] } },
  ],
  [
    'openai-responses',
    'input[0].content[0].file_id',
    { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
  ],
  [
    'openai-responses',
    'input[0].output[0].file_id',
    {
      input: [
        { type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', file_id: 'file-1' }] },
      ],
    },
  ],
  [
    'openai-responses',
    'input[0].output.file_id',
    {
      input: [
        {
          type: 'computer_call_output',
          call_id: 'c',
          output: { type: 'computer_screenshot', file_id: 'file-1' },
        },
      ],
    },
  ],
  [
    'openai-responses',
    'input[1].container_id',
    {
      input: [
        { role: 'user', content: 'x' },
        {
          type: 'code_interpreter_call',
          id: 'ci_1',
          code: '1',
          container_id: 'cntr_1',
          outputs: [],
          status: 'completed',
        },
      ],
    },
  ],
  [
    'openai-responses',
    'tools[0].vector_store_ids',
    { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] },
  ],
  ['openai-responses', 'tools[0].container', { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }],
  [
    'openai-responses',
    'tools[0].container.file_ids',
    { tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] },
  ],
  [
    'openai-responses',
    'tools[0].environment.container_id',
    { tools: [{ type: 'shell', environment: { type: 'container_reference', container_id: 'cntr_1' } }] },
  ],
  ['openai-responses', 'prompt.id', { prompt: { id: 'pmpt_1' } }],
  ['gemini', 'cachedContent', { cachedContent: 'cachedContents/1' }],
  ['gemini', 'cached_content', { cached_content: 'cachedContents/1' }],
  [
    'gemini',
    'contents[0].parts[0].fileData.fileUri',
    {
      contents: [
        {
          role: 'user',
          parts: [{ fileData: { fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/1' } }],
        },
      ],
    },
  ],
  [
    'gemini',
    'contents[0].parts[0].file_data.file_uri',
    { contents: [{ role: 'user', parts: [{ file_data: { file_uri: 'gs://bucket/object' } }] }] },
  ],
  [
    'gemini',
    'tools[0].fileSearch.fileSearchStoreNames',
    { tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/1'] } }] },
  ],
]

test.each(things)(
  '%s: %s names a thing in a shared account and is refused unless the provider shares it',
  async (back, path, body) => {
    const refused = await call(back, body)
    expect([refused.status, refused.sent]).toEqual([400, []])
    expect(refused.answer).toContain(path)
    expect(refused.answer).toContain('sharedState')
    const { status, sent } = await call(back, body, { provider: `${names[back]}-own` })
    expect([status, sent.length]).toEqual([200, 1])
  },
)

/** Items without content: the vendor would look them up. */
const byId: readonly object[] = [
  { id: 'msg_1' },
  { id: 'msg_1', type: null },
  { id: 'msg_1', role: 'assistant' },
  { id: 'msg_1', role: 'assistant', content: null },
  { type: 'item_reference', id: 'msg_1' },
  { type: 'message', id: 'msg_1', role: 'assistant' },
  { type: 'image_generation_call', id: 'ig_1', status: 'completed' },
  { type: 'function_call', id: 'fc_1' },
  { type: 'some_later_item', id: 'x_1' },
]

test.each(byId)('an item of Responses with only an id is not sent (%#)', async (item) => {
  const { status, answer, sent } = await call('openai-responses', {
    input: [item, { role: 'user', content: 'repeat it' }],
  })
  expect([status, sent]).toEqual([400, []])
  expect(answer).toContain('input[0].id')
})

test('reasoning with only an id is left out', async () => {
  const { status, sent } = await call('openai-responses', {
    input: [
      { type: 'reasoning', id: 'rs_1', summary: [] },
      { role: 'user', content: 'Hi' },
    ],
  })
  expect(status).toBe(200)
  expect(sent[0]?.text).not.toContain('rs_1')
})

const spellings: readonly [Back, string, string][] = [
  ['gemini', 'gem', 'gemini-2.5-pro'],
  ['gemini', 'gem', 'models/gemini-2.5-pro'],
  ['gemini', 'gem', 'models/models/gemini-2.5-pro'],
  ['gemini', 'gem', 'models/Gemini-2.5-Pro'],
  ['openai-chat', 'oll', 'llama3'],
  ['openai-chat', 'oll', 'llama3:latest'],
  ['openai-chat', 'oll', 'library/llama3'],
  ['openai-chat', 'oll', 'registry.ollama.ai/library/llama3:latest'],
  ['openai-chat', 'chat', 'vendor/big:nitro'],
  ['openai-chat', 'chat', 'vendor/big:online'],
]

test.each(spellings)(
  '%s: a denied model is denied under every name that its provider knows: %s/%s',
  async (back, provider, model) => {
    for (const from of [back, 'openai-chat'] as const) {
      const { status } = await call(from, {}, { key: 'gh_denied-0123456789', provider, model })
      expect(status).toBe(404)
    }
    expect(fakes[back].requests.filter(({ path }) => path.includes('2.5-pro'))).toEqual([])
  },
)

test('the record, the price and the header use one name for a target', async () => {
  const response = await gatehouse.chat({
    model: 'gem/models/gemini-2.5-flash',
    messages: [{ role: 'user', content: 'Hi' }],
  })
  expect(response.headers.get('x-gatehouse-target')).toBe('gem/gemini-2.5-flash')
  await response.text()
  const record = await gatehouse.find((one) => one.target === 'gem/gemini-2.5-flash')
  expect(record.costNano).toBeDefined()
})

test.each(['͏', '️', 'ㅤ', 'ᅟ', '⠀', '\u2060', '\u00ad'])(
  'a model name with an invisible character is unknown: %j',
  async (letter) => {
    expect((await call('openai-chat', {}, { model: `main${letter}` })).status).toBe(404)
  },
)
