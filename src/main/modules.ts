// The traffic modules of this build: what each brings to the configuration, and its endpoints. A new one is a
// folder of traffic/ and one more line here.

import type { Endpoint } from '../contract/endpoint.ts'
import type { Gate } from '../contract/gate.ts'
import type { DestinationSection } from '../contract/resource.ts'
import type { DestinationRule } from '../contract/snapshot.ts'
import type { Dial } from '../contract/upstream.ts'
import type { Kinds } from '../control/index.ts'
import type { Clock } from '../kit/clock.ts'
import type { Random } from '../kit/id.ts'
import { type LlmRoomOptions, llmRoom, TranslationThreads } from '../traffic/llm/index.ts'
import { providerKinds } from '../traffic/llm/providers/index.ts'

export interface TrafficModule {
  /** Where its destinations are configured. */
  section: DestinationSection
  kinds: NonNullable<Kinds['destinations'][DestinationSection]>
  doors(needs: ModuleNeeds): readonly Endpoint[]
}

export interface ModuleNeeds extends Pick<LlmRoomOptions, 'providerOf' | 'listModels' | 'kept'> {
  gate: Gate
  dial: Dial
  /** @throws GatewayError `no-target` when it is not configured any more */
  destination(name: string): DestinationRule
  /** What the module has to end when the gateway stops. */
  onStop(end: () => void): void
  clock: Clock
  random: Random
  /** `limits` of the snapshot in force. */
  limits(): { depth: number; bodyBytes: number }
}

export const modules: readonly TrafficModule[] = [
  {
    section: 'providers',
    kinds: providerKinds,
    doors(needs) {
      const threads = new TranslationThreads(needs)
      needs.onStop(() => threads.close())
      return llmRoom({ ...needs, threads }).doors
    },
  },
]
