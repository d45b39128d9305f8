// For which traffic a guard or policy is meant: phase, kind of resource, and who wrote the text.

import type { Operation } from './operation.ts'
import { grantKind, type ResourceKind, resourceKinds } from './resource.ts'
import type { Origin, Phase, TrafficScope } from './snapshot.ts'

/**
 * Who wrote the text of this phase: a client's request is the caller's, and what answers it the upstream's;
 * the other way round when the upstream asks.
 */
export const originOf = (direction: Operation['direction'], phase: Phase): Origin =>
  (direction === 'forward') === (phase === 'request') ? 'caller' : 'upstream'

export interface TrafficPlace {
  phase: Phase
  kind: ResourceKind
  direction: Operation['direction']
}

export const isMeantFor = (scope: TrafficScope, { phase, kind, direction }: TrafficPlace): boolean =>
  scope.on.includes(phase) &&
  (scope.for?.includes(grantKind(kind)) ?? true) &&
  (scope.from?.includes(originOf(direction, phase)) ?? true)

/** Everything that there is: tools and agents ask clients, models do not. */
export const trafficPlaces: readonly TrafficPlace[] = resourceKinds.flatMap((kind) =>
  (['request', 'response'] as const).flatMap((phase): TrafficPlace[] => [
    { phase, kind, direction: 'forward' },
    ...(kind === 'model' ? [] : [{ phase, kind, direction: 'reverse' } as const]),
  ]),
)
