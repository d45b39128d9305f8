// One whole gateway with a fake provider of each dialect and of some vendors, for tables of requests: what a
// target receives, and what the client gets.

import { afterAll, beforeAll } from 'bun:test'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import { type Gatehouse, startGateway } from '../journeys/gateway.ts'
import { type Saying, says } from '../upstreams/any-dialect.ts'
import { type Behavior, type FakeProvider, fakeProvider } from '../upstreams/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
type Body = any

export interface Sent {
  status: number
  /** The request that the provider received; absent if the call was refused. */
  body?: Body
  path?: string
  /** The client's response, and the same as JSON if it is JSON. */
  text: string
  response: Body
  losses: readonly string[]
}

/** Provider, its dialect, and its configuration. */
const providers = {
  chat: ['openai-chat', 'openai-compatible', {}],
  rsp: ['openai-responses', 'openai-compatible', { options: { dialects: ['openai-responses'] } }],
  ant: ['anthropic-messages', 'anthropic', {}],
  gem: ['gemini', 'gemini', {}],
  mistral: ['openai-chat', 'mistral', {}],
  kimi: ['openai-chat', 'moonshot', {}],
  vllm: ['openai-chat', 'vllm', {}],
  azure: ['openai-chat', 'azure', {}],
} as const satisfies Record<string, readonly [GenerateDialect, string, object]>

export type Target = keyof typeof providers

export const dialectOf = (target: Target): GenerateDialect => providers[target][0]

/** Call it once per test file, at the top. */
export function sender() {
  let upstream: FakeProvider
  let gatehouse: Gatehouse

  beforeAll(async () => {
    upstream = await fakeProvider()
    const root = upstream.url.replace(/\/v1$/, '')
    const paths: Partial<Record<Target, string>> = { gem: 'gem/v1beta', azure: 'azure' }
    const rows = Object.entries(providers).map(([id, [, kind, more]]) => [
      id,
      { kind, url: `${root}/${paths[id as Target] ?? `${id}/v1`}`, key: 'sk-up', ...more },
    ])
    gatehouse = await startGateway({
      config: `retry: { attempts: 1 }\nproviders: ${JSON.stringify(Object.fromEntries(rows))}`,
    })
  })
  afterAll(async () => {
    await gatehouse.stop()
    await upstream.close()
  })

  /**
   * @param target `ant/claude-sonnet-4-5`; @param response the provider's response, in short or in its own
   * format
   */
  return async function send(
    front: GenerateDialect,
    target: `${Target}/${string}`,
    body: object,
    response: Saying | Behavior = { text: 'ok' },
  ): Promise<Sent> {
    const [id = ''] = target.split('/')
    upstream.always('answer' in response ? response : says(dialectOf(id as Target), response))
    const before = upstream.requests.length
    const [path, own] = addressed[front](target)
    const received = await fetch(gatehouse.url + path, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${gatehouse.key}`,
        'x-goog-api-key': gatehouse.key,
        'anthropic-version': '2023-06-01',
      },
      body: JSON.stringify({ ...own, ...body }),
    })
    const request = upstream.requests.slice(before).find(({ method }) => method === 'POST')
    const losses = received.headers.get('x-gatehouse-losses') ?? ''
    const text = await received.text()
    return {
      status: received.status,
      text,
      ...(request && { body: request.json(), path: request.path }),
      response: text.startsWith('{') ? JSON.parse(text) : undefined,
      losses: losses.split(/,\s*/).filter((loss) => loss !== ''),
    }
  }
}

const addressed: Readonly<
  Record<GenerateDialect, (model: string) => readonly [path: string, members: object]>
> = {
  'openai-chat': (model) => ['/v1/chat/completions', { model }],
  'openai-responses': (model) => ['/v1/responses', { model }],
  'anthropic-messages': (model) => ['/v1/messages', { model, max_tokens: 1000 }],
  gemini: (model) => [`/v1beta/models/${model}:generateContent`, {}],
}
