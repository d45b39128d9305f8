// Requests that a target cannot carry: the next target gets the call. If there is none, the refusal names the
// field.

import { beforeAll, expect, test } from 'bun:test'
import { says } from '../upstreams/any-dialect.ts'
import type { FakeProvider } from '../upstreams/index.ts'
import { type Scene, scenes } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
let open: FakeProvider
let claude: FakeProvider
let gatehouse: Scene['gatehouse']

beforeAll(async () => {
  open = await newProvider()
  claude = await newProvider()
  const config = `providers:
  open: { kind: openai-compatible, url: "${open.url}", key: sk-upstream }
  claude: { kind: anthropic, url: "${claude.url.replace(/\/v1$/, '')}", key: sk-upstream }
models:
  open-first: { targets: [ open/fake, claude/fake ] }
  open-only: { targets: [ open/fake ] }`
  ;({ gatehouse } = await start({ config }))
})

function ask(model: string, more: object) {
  return fetch(`${gatehouse.url}/v1/messages`, {
    method: 'POST',
    headers: {
      'x-api-key': gatehouse.key,
      'anthropic-version': '2023-06-01',
      'content-type': 'application/json',
    },
    body: JSON.stringify({ model, max_tokens: 100, messages: [{ role: 'user', content: 'News?' }], ...more }),
  })
}

const search = { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }

/** The result of Anthropic's own search in an earlier response. */
const searched = {
  messages: [
    { role: 'user', content: 'News?' },
    {
      role: 'assistant',
      content: [
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'news' } },
        { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [] },
        { type: 'text', text: 'None.' },
      ],
    },
    { role: 'user', content: 'Sure?' },
  ],
}

const posts = (provider: FakeProvider) => provider.requests.filter(({ method }) => method === 'POST')

test.each([
  ['a tool that the vendor runs', search],
  ['a block that only the vendor understands', searched],
])('%s goes to the next target that speaks its dialect', async (_what, more) => {
  claude.next(says('anthropic-messages', { text: 'Nothing new.' }))
  const before = posts(open).length
  const response = await ask('open-first', more)
  expect(response.status).toBe(200)
  expect(response.headers.get('x-gatehouse-target')).toBe('claude/fake')
  expect(posts(open)).toHaveLength(before)
  const sent = posts(claude).at(-1)?.json()
  expect(sent).toMatchObject(more)
})

test.each([
  ['tools[]', search],
  ['messages[].content[]', searched],
])('where no target can take %s the refusal names it, and nothing is sent', async (field, more) => {
  const before = posts(open).length
  const response = await ask('open-only', more)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    type: 'error',
    error: { type: 'invalid_request_error', message: expect.stringContaining(`"${field}`) },
  })
  expect(posts(open)).toHaveLength(before)
})

test('the response and the record name a hint that is lost', async () => {
  open.next(says('openai-chat', { text: 'Hello.' }))
  const response = await ask('open-only', { top_k: 40 })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-gatehouse-losses')).toContain('top_k')
  const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  expect(record.losses).toContainEqual({ field: 'top_k', side: 'request' })
})
