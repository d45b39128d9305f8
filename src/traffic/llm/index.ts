// Model traffic: its endpoints, given a gate and the providers.

import { GatewayError } from '../../contract/errors.ts'
import type { Endpoint } from '../../contract/endpoint.ts'
import type { Gate } from '../../contract/gate.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Random } from '../../kit/id.ts'
import type { AnyCodec } from './canonical/index.ts'
import { allCodecs } from './codecs.ts'
import type { Dialect } from './dialect.ts'
import type { ProviderOf } from './provider.ts'
import { messagesDoors, messagesModelsEndpoints } from './dialects/anthropic-messages/index.ts'
import { embedDoors, geminiModelsEndpoints, generateDoors } from './dialects/gemini/index.ts'
import { chatDoor, chatModelsEndpoints } from './dialects/openai-chat/index.ts'
import type { ListedModel } from './wire/models-endpoint.ts'
import { embeddingsDoor } from './dialects/openai-embeddings/index.ts'
import { responsesDoors } from './dialects/openai-responses/index.ts'
import type { KeptResponses } from './dialects/openai-responses/index.ts'
import { reformer, translator } from './translate.ts'
import type { TranslationThreads } from './translate/threads.ts'

export type { ListedModel } from './wire/models-endpoint.ts'
export type { Provider } from './provider.ts'
export { createKeptResponses } from './dialects/openai-responses/index.ts'
export { TranslationThreads } from './translate/threads.ts'

export interface LlmModuleOptions {
  gate: Gate
  providerOf: ProviderOf
  /** Dialects that can be translated. Absent means all. */
  codecs?: readonly AnyCodec[]
  /** For long bodies. Absent means that they are translated like all others. */
  threads?: TranslationThreads
  clock: Pick<Clock, 'now'>
  random: Random
  /** All models and targets of the active configuration. The endpoints show those that the caller may use. */
  listModels: () => readonly ListedModel[]
  /** Deepest nesting and largest size of a request: `limits` of the active snapshot. */
  limits(): { depth: number; bodyBytes: number }
  /** Responses that callers may refer to. */
  kept: KeptResponses
}

export function createLlmModule({
  gate,
  providerOf,
  codecs = allCodecs,
  threads,
  clock,
  random,
  listModels,
  limits,
  kept,
}: LlmModuleOptions): {
  doors: Endpoint[]
} {
  const providerFor = translator({ providerOf, codecs, clock, random, threads })
  const reform = reformer({ codecs, clock, random })
  const speaks = speaking(providerOf)
  const chat = () => ({ providerFor, speaks, maxDepth: limits().depth, now: () => clock.now(), reform })
  return {
    doors: [
      ...withClientBase('/v1', [
        chatDoor({ gate, chat }),
        ...responsesDoors({ gate, responses: () => ({ ...chat(), bodyBytes: limits().bodyBytes }), kept }),
        embeddingsDoor({ gate, options: chat }),
      ]),
      ...messagesDoors({ gate, options: chat }),
      ...embedDoors({ gate, options: chat }),
      ...generateDoors({ gate, options: chat }),
      // They share a path. OpenAI's comes last, because it accepts every client.
      ...geminiModelsEndpoints({ gate, listModels }),
      ...messagesModelsEndpoints({ gate, listModels }),
      ...withClientBase('/v1', chatModelsEndpoints({ gate, listModels })),
    ],
  }
}

const withClientBase = (clientBase: string, endpoints: readonly Endpoint[]): Endpoint[] =>
  endpoints.map((endpoint) => ({ ...endpoint, clientBase }))

/** A provider that is gone or not ready serves nothing, so its dialects do not matter. */
function speaking(providerOf: ProviderOf): (target: string, dialect: Dialect) => boolean {
  return (target, dialect) => {
    try {
      return providerOf({ provider: target.split('/', 1)[0] ?? '' }).dialects.includes(dialect)
    } catch (thrown) {
      if (thrown instanceof GatewayError) return true
      throw thrown
    }
  }
}
