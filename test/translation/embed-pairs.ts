// One translated embeddings call between two dialects, as the llm module runs it.

import type { Loss } from '../../src/contract/response.ts'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { SideFacts, UpstreamResponse } from '../../src/contract/upstream.ts'
import type { EmbedCodec } from '../../src/traffic/llm/canonical/embed/index.ts'
import { embedCodec as gemini } from '../../src/traffic/llm/dialects/gemini/index.ts'
import { codec as openai } from '../../src/traffic/llm/dialects/openai-embeddings/index.ts'
import type { EmbedDialect } from '../../src/traffic/llm/dialect.ts'
import type { Provider, ProviderCall } from '../../src/traffic/llm/provider.ts'
import { translator } from '../../src/traffic/llm/translate.ts'

export const embedCodecs: Readonly<Record<EmbedDialect, EmbedCodec>> = {
  'openai-embeddings': openai,
  'gemini-embeddings': gemini,
}
export const otherOf = (dialect: EmbedDialect): EmbedDialect =>
  dialect === 'gemini-embeddings' ? 'openai-embeddings' : 'gemini-embeddings'

export interface EmbedAnswer {
  status?: number
  headers?: Record<string, string>
  body: unknown
}

export interface EmbedTranslated {
  upstream: { path: string; body: unknown }
  losses: readonly Loss[]
  status: number
  headers: UpstreamResponse['headers']
  reply: unknown
  told: SideFacts
}

/** @throws GatewayError `unsupported` and the other errors of the codecs */
export async function translateEmbedding(
  front: EmbedDialect,
  body: object,
  received: EmbedAnswer,
): Promise<EmbedTranslated> {
  const back = otherOf(front)
  let sent: ProviderCall | undefined
  const provider: Provider = {
    name: 'inside',
    dialects: ['openai-chat', back],
    departures: { usageInStream: true, unbilledErrors: 'none' },
    async send(call) {
      sent = call
      return upstream(received)
    },
  }
  const providerFor = translator({
    providerOf: () => provider,
    codecs: [openai, gemini],
    clock: { now: () => 1_790_000_000_000 },
    random: () => 0,
  })
  const target = { id: 'inside/model', provider: 'inside', model: 'model', traits: [], prices: [] }
  const response = await providerFor(target, front).send({
    dialect: front,
    path:
      front === 'openai-embeddings'
        ? '/embeddings'
        : `/v1beta/models/model:${'requests' in body ? 'batchEmbedContents' : 'embedContent'}`,
    body: JSON.stringify(body),
    isStreaming: false,
    attempt: { target } as unknown as Attempt,
  })
  if (!sent || !response.sideFacts) throw new Error('nothing was sent, or nothing told')
  return {
    upstream: { path: sent.path, body: JSON.parse(String(sent.body)) },
    losses: response.sideFacts.losses,
    status: response.status,
    headers: response.headers,
    reply: JSON.parse(Buffer.from(await response.bytes(1e9)).toString()),
    told: response.sideFacts,
  }
}

function upstream({ status = 200, headers = {}, body }: EmbedAnswer): UpstreamResponse {
  const bytes = Buffer.from(JSON.stringify(body))
  const rest = [bytes]
  return {
    status,
    headers: new Headers({ 'content-type': 'application/json', ...headers }),
    body: { next: async () => rest.shift(), cancel: async () => void rest.splice(0) },
    bytes: async () => bytes,
  }
}
