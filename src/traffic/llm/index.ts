// The room of model traffic: its doors, given a gate and the providers.

import type { Door, Gate } from '../../contract/traffic.ts'
import type { TargetRule } from '../../contract/snapshot.ts'
import type { ProviderOf } from './provider.ts'
import { chatDoor, modelsDoors } from './protocols/openai-chat/index.ts'
import type { ListedModel } from './protocols/openai-chat/index.ts'

export type { ListedModel } from './protocols/openai-chat/index.ts'
export type { Provider } from './provider.ts'

export interface LlmRoomOptions {
  gate: Gate
  providerOf: ProviderOf
  /** Models and targets of the configuration in force, whoever asks; the doors show what the caller may use. */
  listModels: () => readonly ListedModel[]
  /** Deepest nesting of a request that is read: `limits.depth` of the snapshot in force. */
  maxDepth: () => number
}

export function llmRoom({ gate, providerOf, listModels, maxDepth }: LlmRoomOptions): { doors: Door[] } {
  const providerFor = (target: TargetRule) => providerOf(target)
  const chat = () => ({ providerFor, maxDepth: maxDepth() })
  return { doors: [chatDoor({ gate, chat }), ...modelsDoors({ gate, listModels })] }
}
