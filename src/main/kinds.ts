// Lists the abilities of this build for control, which must not know guards, providers, strategies and
// credentials itself. Part of the composition root.

import { destinationSections } from '../contract/resource.ts'
import type { Kinds } from '../control/index.ts'
import { guardKinds } from '../gateway/inspect/guards/index.ts'
import { compileCondition } from '../gateway/inspect/policies/index.ts'
import { strategies } from '../gateway/route/strategies/index.ts'
import { lookup } from '../traffic/llm/models/index.ts'
import { credentialKinds } from '../upstream/credentials/index.ts'
import { type TrafficModule, modules } from './modules.ts'

/** @param of if two modules have the same section, it has the kinds of both */
export const createKinds = (of: readonly TrafficModule[]): Kinds => ({
  destinations: Object.fromEntries(
    destinationSections
      .map(({ section }) => [
        section,
        of.filter((module) => module.section === section).flatMap((module) => module.kinds),
      ])
      .filter(([, kinds]) => kinds?.length),
  ),
  credentials: credentialKinds,
  guards: guardKinds,
  strategies,
  lookup,
  condition: compileCondition,
})

export const kinds = createKinds(modules)
