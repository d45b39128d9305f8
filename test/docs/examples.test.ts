// A real gateway serves each example with fake servers instead of its vendors. Each call must get the
// response that it expects.

import { expect, test } from 'bun:test'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse, stringify } from 'yaml'
import { startGateway } from '../journeys/gateway.ts'
import { embeds } from '../upstreams/embeddings.ts'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'

const folder = join(import.meta.dir, '../../examples')
const names = globSync('*.yaml', { cwd: folder })
  .map((file) => basename(file, '.yaml'))
  .sort()

interface Call {
  shows: string
  /** The status that a provider sends for every call. */
  failing?: Record<string, number>
  key: string
  /** Default: /v1/chat/completions. */
  path?: string
  request: { model: string }
  expect: {
    status: number
    target?: string
    text?: string
    vectors?: number
    code?: string
    message?: string
    sentModel?: string
  }
}

interface Answer {
  choices?: { message: { content: string } }[]
  data?: unknown[]
  error?: { code: string; message: string }
}

interface Example {
  version?: number
  listen?: string
  data?: string
  providers: Record<string, { kind: string; url?: string; options?: object }>
  keys: Record<string, { secret: string }>
}

test('every example has its calls, and every call an example', () => {
  expect(globSync('*.json', { cwd: join(folder, 'calls') }).sort()).toEqual(
    names.map((name) => `${name}.json`),
  )
})

test.each(names)('the calls of %s get the responses that they expect', async (name) => {
  const text = readFileSync(join(folder, `${name}.yaml`), 'utf8')
  const calls = JSON.parse(readFileSync(join(folder, 'calls', `${name}.json`), 'utf8')) as Call[]
  expect(calls.length).toBeGreaterThan(1)
  const { version: _, listen: __, data: ___, ...example } = parse(text) as Example
  const servers: Record<string, FakeProvider> = {}
  const env = Object.fromEntries(
    [...text.matchAll(/\$\{(\w+)/g)].map(([, variable = '']) => [
      variable,
      `secret-of-${variable}-0123456789`,
    ]),
  )
  for (const [provider, settings] of Object.entries(example.providers)) {
    if (settings.kind === 'demo') settings.options = { pauses: false }
    else settings.url = (servers[provider] = await fakeProvider()).url
  }
  const gatehouse = await startGateway({ config: stringify(example), env })
  try {
    for (const call of calls) {
      for (const [provider, server] of Object.entries(servers)) {
        const status = call.failing?.[provider]
        server.on(
          '/v1/chat/completions',
          status ? behave.error(status) : behave.json(chat.completion('Hello from the fake provider.')),
        )
        server.on('/v1/embeddings', status ? behave.error(status) : embeds.openai())
      }
      const key = env[/\$\{(\w+)/.exec(example.keys[call.key]?.secret ?? '')?.[1] ?? ''] ?? ''
      const response = await fetch(gatehouse.url + (call.path ?? '/v1/chat/completions'), {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(call.request),
      })
      const body = (await response.json()) as Answer
      const got: Required<Call['expect']> = {
        status: response.status,
        target: response.headers.get('x-gatehouse-target') ?? '',
        text: body.choices?.[0]?.message.content ?? '',
        vectors: body.data?.length ?? 0,
        code: body.error?.code ?? '',
        message: body.error?.message ?? '',
        sentModel: sentTo(servers.openai),
      }
      expect({ shows: call.shows, ...got }).toMatchObject({ shows: call.shows, ...call.expect })
    }
  } finally {
    await gatehouse.stop()
    for (const server of Object.values(servers)) await server.close()
  }
})

/** The model name of the last request to this server. */
function sentTo(server: FakeProvider | undefined): string {
  const last = server?.requests.findLast((request) => request.method === 'POST')
  return last ? (last.json() as { model: string }).model : ''
}
