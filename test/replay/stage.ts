// The stage for recordings: a whole gateway in this process, and one fake provider that responds with
// recorded bytes. One call at a time.

import type { ExchangeRecord } from '../../src/contract/record.ts'
import { vendors } from '../../src/traffic/llm/providers/vendors.ts'
import { type Front, fronts } from '../journeys/dialect-clients.ts'
import { type Gatehouse, startGateway } from '../journeys/gateway.ts'
import { behave, type Behavior } from '../upstreams/behave.ts'
import { fakeProvider } from '../upstreams/fake-provider.ts'
import type { Received } from '../upstreams/request-reader.ts'
import { chance } from './chance.ts'
import type { Recording } from './recording.ts'
import { failures, providerOf } from './target.ts'

/** USD per million, all different, so that a count in the wrong field changes the cost. */
export const price = { input: 3, output: 17, cacheRead: 0.5, cacheWrite: 7, cacheWriteLong: 11, search: 0.01 }

export interface Question {
  front: Front
  kind?: Recording['kind']
  /** `provider/model`. */
  target: string
  isStream: boolean
  body: Readonly<Record<string, unknown>>
  headers?: Readonly<Record<string, string>>
}

export interface Upstream {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
  isStream: boolean
}

export interface Played {
  status: number
  headers: Headers
  answer: string
  /** The request that the provider received; absent if the gateway refused. */
  sent?: { path: string; headers: Readonly<Record<string, string>>; text: string }
  exchange: string
}

export interface Stage {
  play(question: Question, upstream: Upstream | Behavior): Promise<Played>
  /** Of all calls so far, by exchange. */
  records(): Promise<ReadonlyMap<string, ExchangeRecord>>
  stop(): Promise<void>
}

export async function openStage(recordings: readonly Recording[], seed: number): Promise<Stage> {
  const upstream = await fakeProvider()
  const random = chance(seed)
  const names = new Map(recordings.map((recording) => [providerOf(recording), recording]))
  const gatehouse = await startGateway({ config: configOf(upstream.url, [...names.values()], recordings) })
  const exchanges: string[] = []

  async function play(question: Question, received: Upstream | Behavior): Promise<Played> {
    const requests = upstream.requests as Received[]
    requests.length = 0
    upstream.always('answer' in received ? received : behavior(received, random))
    const response = await fetch(`${gatehouse.url}${pathOf(question)}`, {
      method: 'POST',
      headers: {
        ...keyHeader(question.front, gatehouse),
        'content-type': 'application/json',
        ...question.headers,
      },
      body: JSON.stringify(
        question.front === 'gemini' ? question.body : { ...question.body, model: question.target },
      ),
      signal: AbortSignal.timeout(20_000),
    })
    const text = await response.text()
    const sent = requests.find(({ method }) => method === 'POST')
    const exchange = response.headers.get('x-gatehouse-exchange') ?? ''
    exchanges.push(exchange)
    return {
      status: response.status,
      headers: response.headers,
      answer: text,
      exchange,
      ...(sent && { sent: { path: sent.path, headers: sent.headers, text: sent.text() } }),
    }
  }

  return {
    play,
    records: () => recordsOf(gatehouse, exchanges),
    async stop() {
      await gatehouse.stop()
      await upstream.close()
    },
  }
}

function configOf(url: string, providers: readonly Recording[], recordings: readonly Recording[]): string {
  const root = url.replace(/\/v1$/, '')
  const kinds: Readonly<Record<Front, (provider: string) => string>> = {
    'openai-chat': (provider) =>
      `kind: openai-compatible, url: "${url}", options: { ${vendorOption(provider)}dialects: [openai-chat, openai-embeddings] }`,
    'openai-responses': (provider) =>
      `kind: openai-compatible, url: "${url}", options: { ${vendorOption(provider)}dialects: [openai-responses] }`,
    'anthropic-messages': () => `kind: anthropic, url: "${root}"`,
    gemini: () => `kind: gemini, url: "${root}"`,
  }
  const rates = `{ input: ${price.input}, output: ${price.output}, cacheRead: ${price.cacheRead}, cacheWrite: ${price.cacheWrite}, cacheWriteLong: ${price.cacheWriteLong}, fees: { web_search: ${price.search}, file_search: ${price.search}, grounded_prompt: 0 } }`
  const plain = fronts.map(
    (front) => `  plain-${front}: { ${kinds[front]('plain')}, key: sk-upstream, sharedState: allow }`,
  )
  const targets = new Set(recordings.map((recording) => `${providerOf(recording)}/${recording.model}`))
  return [
    'providers:',
    ...providers.map(
      (recording) =>
        `  ${providerOf(recording)}: { ${kinds[recording.dialect](recording.provider)}, key: sk-upstream, sharedState: allow }`,
    ),
    ...plain,
    'models:',
    '  none: plain-openai-chat/none',
    ...recordings
      .flatMap(failures)
      .map(([model, target]) => `  ${model}: { targets: [ "${target}" ], retry: { attempts: 1 } }`),
    'prices:',
    ...[...targets].map((target) => `  ${JSON.stringify(target)}: ${rates}`),
  ].join('\n')
}

const vendorOption = (provider: string): string => {
  const named = { alibaba: 'dashscope', gemini: 'google' }[provider] ?? provider
  return vendors.some(({ vendor }) => vendor === named) ? `vendor: ${named}, ` : ''
}

function pathOf({ front, kind = 'generate', target, isStream, body }: Question): string {
  if (front === 'openai-chat') return kind === 'embed' ? '/v1/embeddings' : '/v1/chat/completions'
  if (front === 'openai-responses') return '/v1/responses'
  if (front === 'anthropic-messages') return kind === 'count' ? '/v1/messages/count_tokens' : '/v1/messages'
  const generate = isStream ? 'streamGenerateContent?alt=sse' : 'generateContent'
  const method = {
    generate,
    count: 'countTokens',
    embed: 'requests' in body ? 'batchEmbedContents' : 'embedContent',
  }[kind]
  return `/v1beta/models/${target.split('/').map(encodeURIComponent).join('/')}:${method}`
}

function keyHeader(front: Front, { key }: Gatehouse): Record<string, string> {
  if (front === 'anthropic-messages') return { 'x-api-key': key, 'anthropic-version': '2023-06-01' }
  return front === 'gemini' ? { 'x-goog-api-key': key } : { authorization: `Bearer ${key}` }
}

/** Headers of the recorded connection, not of this one. */
const ofConnection =
  /^(connection|content-encoding|content-length|date|keep-alive|trailer|transfer-encoding|upgrade|content-type|alt-svc)$/

function behavior({ status, headers, body, isStream }: Upstream, random: () => number): Behavior {
  const kept = Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !ofConnection.test(name) && /^[\x20-\x7e]*$/.test(value),
    ),
  )
  const bytes = Buffer.from(body)
  if (isStream && status === 200)
    return behave.sse(bytes, { cuts: { at: randomCuts(bytes.length, random) }, headers: kept })
  return behave.text(bytes, headers['content-type'] ?? 'application/json', { status, headers: kept })
}

/** Up to two dozen cuts at any place: in the middle of events, lines and characters. */
function randomCuts(length: number, random: () => number): number[] {
  return Array.from(
    { length: Math.min(24, length - 1) },
    () => 1 + Math.floor(random() * (length - 1)),
  ).toSorted((one, other) => one - other)
}

async function recordsOf(
  gatehouse: Gatehouse,
  exchanges: readonly string[],
): Promise<ReadonlyMap<string, ExchangeRecord>> {
  const last = exchanges.findLast((exchange) => exchange !== '')
  if (last !== undefined) await gatehouse.record(last)
  const found = new Map<string, ExchangeRecord>()
  for (let after = ''; ; ) {
    const { body } = await gatehouse.admin(
      `/records?limit=1000${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
    )
    const { records, next } = body as { records: ExchangeRecord[]; next?: string }
    for (const record of records) found.set(record.id, record)
    if (next === undefined) return found
    after = next
  }
}
