// The step `route`: the targets that may serve the call, in order, and how much of the response has to be read.

import type { Call } from '../call.ts'
import type { Authorized, Inspected, Routed } from '../exchange.ts'
import type { Parts } from '../parts.ts'
import { candidates } from './index.ts'

/** @throws GatewayError `no-target` */
export function route(parts: Parts, call: Call, { plan }: Authorized, { decision, operation, vault }: Inspected): Routed {
  const targets = candidates(plan, decision.only, call.runtime, parts.random)
  return { targets, depth: call.runtime.inspector.needsReply(operation) || vault.size > 0 ? 'content' : 'meter' }
}
