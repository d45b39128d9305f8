// The traffic modules of this build: the kinds that each adds to the configuration, and its endpoints. A new
// module is a folder in traffic/ and one more entry here.

import type { Endpoint } from '../contract/endpoint.ts'
import type { Gate } from '../contract/gate.ts'
import type { DestinationSection } from '../contract/resource.ts'
import type { DestinationRule } from '../contract/snapshot.ts'
import type { Dial } from '../contract/upstream.ts'
import type { Kinds } from '../control/index.ts'
import type { Clock } from '../kit/clock.ts'
import type { Random } from '../kit/id.ts'
import { type LlmModuleOptions, createLlmModule, TranslationThreads } from '../traffic/llm/index.ts'
import { providerKinds } from '../traffic/llm/providers/index.ts'

export interface TrafficModule {
  /** The section of its destinations in the configuration. */
  section: DestinationSection
  kinds: NonNullable<Kinds['destinations'][DestinationSection]>
  doors(needs: ModuleNeeds): readonly Endpoint[]
}

export interface ModuleNeeds extends Pick<LlmModuleOptions, 'providerOf' | 'listModels' | 'kept'> {
  gate: Gate
  dial: Dial
  /** @throws GatewayError `no-target` if it is no longer configured */
  destination(name: string): DestinationRule
  /** Registers a step that runs when the gateway stops. */
  onStop(end: () => void): void
  clock: Clock
  random: Random
  /** `limits` of the active snapshot. */
  limits(): { depth: number; bodyBytes: number }
}

export const modules: readonly TrafficModule[] = [
  {
    section: 'providers',
    kinds: providerKinds,
    doors(needs) {
      const threads = new TranslationThreads(needs)
      needs.onStop(() => threads.close())
      return createLlmModule({ ...needs, threads }).doors
    },
  },
]
