// The target of a reverse call: the client that receives a request of the upstream. It has no price, no
// breaker and no second attempt.

import type { Operation } from '../contract/operation.ts'
import type { Plan, TargetRule } from '../contract/snapshot.ts'

export const clientTarget: TargetRule = {
  id: 'client',
  provider: 'client',
  model: '',
  traits: [],
  prices: [{ input: 0, output: 0 }],
}

export const isClient = (target: TargetRule): boolean => target === clientTarget

/** @param operation in reverse: its resource is the sender of the request */
export const planForClient = ({ resource }: Operation): Plan => ({
  kind: resource.kind,
  name: resource.name,
  strategy: 'first',
  targets: [{ target: clientTarget.id, weight: 1 }],
  fallbackOn: [],
  retry: { attempts: 1, withinMs: 0 },
})
