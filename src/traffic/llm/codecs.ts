// The codecs of all dialects, for the endpoints and for the threads that translate long bodies.

import type { AnyCodec } from './canonical/index.ts'
import type { Dialect } from './dialect.ts'
import { codec as anthropicMessages } from './dialects/anthropic-messages/index.ts'
import { codec as gemini, embedCodec as geminiEmbeddings } from './dialects/gemini/index.ts'
import { codec as openaiChat } from './dialects/openai-chat/index.ts'
import { codec as openaiEmbeddings } from './dialects/openai-embeddings/index.ts'
import { codec as openaiResponses } from './dialects/openai-responses/index.ts'

const byDialect: Readonly<Record<Dialect, AnyCodec>> = {
  'openai-chat': openaiChat,
  'openai-responses': openaiResponses,
  'anthropic-messages': anthropicMessages,
  gemini,
  'openai-embeddings': openaiEmbeddings,
  'gemini-embeddings': geminiEmbeddings,
}

export const allCodecs: readonly AnyCodec[] = Object.values(byDialect)
