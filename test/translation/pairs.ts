// One translated call between two dialects, as the llm module runs it: a provider with the test's response,
// translated for the client's dialect.

import type { Loss } from '../../src/contract/response.ts'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { SideFacts, UpstreamResponse } from '../../src/contract/upstream.ts'
import { codec as anthropic } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import { codec as gemini } from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as chat } from '../../src/traffic/llm/dialects/openai-chat/index.ts'
import { codec as responses } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import type { GenerateDialect } from '../../src/traffic/llm/dialect.ts'
import type { Provider, ProviderCall } from '../../src/traffic/llm/provider.ts'
import { translator } from '../../src/traffic/llm/translate.ts'

export interface Answer {
  status?: number
  headers?: Record<string, string>
  /** A whole response as JSON; a stream as text. */
  body: unknown
}

export interface Translated {
  upstream: { path: string; headers?: unknown; body: unknown }
  losses: readonly Loss[]
  /** JSON of a whole response, or data of a stream's events. */
  reply: unknown
  status: number
  headers: UpstreamResponse['headers']
  told: SideFacts
}

interface Answering {
  answer: Answer
  isStreaming?: boolean
}

/**
 * The translated response, not yet read. @throws GatewayError `unsupported` and the other errors of the
 * codecs
 */
export async function translatedResponse(
  front: GenerateDialect,
  back: GenerateDialect,
  body: object,
  { answer, isStreaming = false }: Answering,
) {
  let sent: ProviderCall | undefined
  const provider: Provider = {
    name: 'inside',
    dialects: [back],
    departures: { usageInStream: true, unbilledErrors: 'none' },
    async send(call) {
      sent = call
      return upstream(answer)
    },
  }
  const providerFor = translator({
    providerOf: () => provider,
    codecs: [chat, responses, anthropic, gemini],
    clock: { now: () => 1_790_000_000_000 },
    random: letterByLetter(),
  })
  const target = {
    id: 'inside/model',
    provider: 'inside',
    model: 'model',
    traits: [],
    prices: [],
    maxOutputTokens: 8192,
  }
  const response = await providerFor(target, front).send({
    dialect: front,
    path: paths[front](isStreaming),
    body: JSON.stringify(body),
    isStreaming,
    attempt: { target } as unknown as Attempt,
  })
  return { response, sent }
}

/** @throws GatewayError `unsupported` and the other errors of the codecs */
export async function translate(
  front: GenerateDialect,
  back: GenerateDialect,
  body: object,
  answering: Answering,
): Promise<Translated> {
  const { response, sent } = await translatedResponse(front, back, body, answering)
  const asked = [...(response.sideFacts?.losses ?? [])]
  const text = await textOf(response)
  if (!sent || !response.sideFacts) throw new Error('nothing was sent, or nothing told')
  const received =
    response.headers.get('content-type') === 'text/event-stream' ? eventsOf(text) : JSON.parse(text)
  const { path, headers, body: bytes } = sent
  return {
    upstream: { path, ...(headers && { headers }), body: JSON.parse(String(bytes)) },
    losses: asked.filter(({ side }) => side === 'request'),
    reply: received,
    status: response.status,
    headers: response.headers,
    told: response.sideFacts,
  }
}

/** The first created id consists of the letter A, the second of B: unique like real ones, and readable. */
function letterByLetter(): () => number {
  let drawn = 0
  return () => Math.floor(drawn++ / 24) / 62
}

/** The path to which each dialect sends a request. */
const paths: Readonly<Record<GenerateDialect, (isStreaming: boolean) => string>> = {
  'openai-chat': () => '/chat/completions',
  'openai-responses': () => '/responses',
  'anthropic-messages': () => '/v1/messages',
  gemini: (isStreaming) =>
    `/v1beta/models/model:${isStreaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
}

function upstream({ status = 200, headers = {}, body }: Answer): UpstreamResponse {
  const isStream = typeof body === 'string'
  const bytes = Buffer.from(isStream ? body : JSON.stringify(body))
  const rest = [bytes]
  return {
    status,
    headers: new Headers({ 'content-type': isStream ? 'text/event-stream' : 'application/json', ...headers }),
    body: { next: async () => rest.shift(), cancel: async () => void rest.splice(0) },
    bytes: async () => bytes,
  }
}

async function textOf({ body }: UpstreamResponse): Promise<string> {
  let text = ''
  for (let part = await body.next(); part; part = await body.next()) text += Buffer.from(part).toString()
  return text
}

function eventsOf(stream: string): unknown[] {
  return stream
    .split('\n\n')
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => (line === 'data: [DONE]' ? '[DONE]' : JSON.parse(line.slice(6))))
}
