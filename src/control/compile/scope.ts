// The traffic that a guard or policy reads: which combinations of phase, kind and author exist, and which rules
// share one of them.

import type { GrantKind } from '../../contract/resource.ts'
import { isMeantFor, trafficPlaces } from '../../contract/scope.ts'
import type { Origin, Phase, TrafficScope } from '../../contract/snapshot.ts'
import type { Path } from '../config/problem.ts'
import type { Compilation } from './compilation.ts'

export const ofModels: TrafficScope = { on: ['request', 'response'], for: ['models'] }

export const scopeOf = (config: {
  on: Phase[]
  for?: GrantKind[] | undefined
  from?: Origin[] | undefined
}): TrafficScope => ({
  on: config.on,
  ...(config.for && { for: config.for }),
  ...(config.from && { from: config.from }),
})

/** Do both scopes include the same traffic? */
export const overlap = (one: TrafficScope, other: TrafficScope) =>
  trafficPlaces.some((place) => isMeantFor(one, place) && isMeantFor(other, place))

/** Models never ask the client, so some scopes include no traffic at all. */
export function checkScope(scope: TrafficScope, path: Path, problems: Compilation['problems']): void {
  if (trafficPlaces.some((place) => isMeantFor(scope, place))) return
  const [wanted] = scope.from ?? []
  const fix = `use on: [${wanted === 'upstream' ? 'response' : 'request'}], which has the text of the ${wanted}`
  problems.add([...path, 'from'], `the ${scope.on[0]} of a model call has no text of the ${wanted}`, fix)
}
