// What this build is able to do, gathered for control, which must not know guards, providers, strategies and credentials itself. Part of the composition root.

import type { Kinds } from '../control/index.ts'
import { guardKinds } from '../gateway/inspect/guards/index.ts'
import { condition } from '../gateway/inspect/policies/index.ts'
import { strategies } from '../gateway/route/strategies/index.ts'
import { lookup } from '../traffic/llm/models/index.ts'
import { providerKinds } from '../traffic/llm/providers/index.ts'
import { credentialKinds } from '../upstream/credentials/index.ts'

export const kinds: Kinds = {
  destinations: { providers: providerKinds },
  credentials: credentialKinds,
  guards: guardKinds,
  strategies: Object.keys(strategies),
  lookup,
  condition,
}
