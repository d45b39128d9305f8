// The traffic that a guard or policy applies to: phase, kind of resource, and author of the text.

import type { Operation } from './operation.ts'
import { grantKind, type ResourceKind, resourceKinds } from './resource.ts'
import type { Origin, Phase, TrafficScope } from './snapshot.ts'

/**
 * The author of the text in this phase. The caller writes a client's request, and the upstream writes the
 * response. If the upstream asks the client, it is the other way round.
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

/** All combinations. Tools and agents can ask clients; models cannot. */
export const trafficPlaces: readonly TrafficPlace[] = resourceKinds.flatMap((kind) =>
  (['request', 'response'] as const).flatMap((phase): TrafficPlace[] => [
    { phase, kind, direction: 'forward' },
    ...(kind === 'model' ? [] : [{ phase, kind, direction: 'reverse' } as const]),
  ]),
)
