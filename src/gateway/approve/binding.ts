// Binds an approval to the caller, its run and the run's marks, the policies that ask, the destination and
// its account, and the digest of the sent operation. The hash is keyed, because likely requests could be
// guessed from a plain hash.

import { createHmac } from 'node:crypto'
import { type Principal, principalOf } from '../../contract/principal.ts'
import { callerHeaderOf } from '../../contract/upstream.ts'
import type { DestinationRule } from '../../contract/snapshot.ts'
import type { Draft } from '../draft.ts'
import type { Exchange, Inspected, Routed } from '../exchange.ts'
import { callerName } from '../identify/index.ts'
import { ownRun } from '../run.ts'

/** The facts of a call that are used. */
export interface AskingCall extends Pick<Exchange, 'id' | 'run' | 'caller' | 'opening'> {
  readonly within: AskingCall | undefined
  readonly membership: { readonly owner?: Pick<Principal, 'id'> }
  readonly runtime: { destination(name: string): DestinationRule | undefined }
  readonly draft: Pick<Draft, 'approval'>
  readonly lifetime: { check(): void }
}

/** @param digest of the operation as it will be sent */
export function bindingOf(
  secret: string,
  call: AskingCall,
  { operation, decision, situation }: Inspected,
  { targets }: Routed,
  digest: string,
): string {
  const { id, team } = call.caller.principal
  const parts = [
    id,
    team,
    namedRun(call) ?? null,
    situation.run.marks.toSorted(),
    (decision.asks ?? []).map(({ name }) => name).toSorted(),
    [
      operation.kind,
      operation.direction,
      operation.dialect,
      operation.resource.kind,
      operation.resource.name,
    ],
    targets.map((target) => JSON.stringify([target.id, credentialSubject(call, target.provider)])).toSorted(),
    digest,
  ]
  return createHmac('sha256', secret).update('approval\n').update(JSON.stringify(parts)).digest('hex')
}

/** The principals that act in the call, directly or through another one. */
export function actorsOf(call: AskingCall): readonly string[] {
  const ids = new Set<string>()
  for (let one: AskingCall | undefined = call; one; one = one.within) {
    const { principal, subject } = one.caller
    ids.add(principal.id)
    for (const kind of ['person', 'workload'] as const) {
      const name = subject[kind]
      if (name !== undefined) ids.add(principalOf({ id: '', [kind]: name }).id)
    }
    if (one.membership.owner) ids.add(one.membership.owner.id)
  }
  return [...ids]
}

/**
 * The run that the client named. A run that only contains a call and its child calls says nothing about the
 * next call.
 */
export function namedRun(call: AskingCall): string | undefined {
  let root = call
  while (root.within) root = root.within
  return call.run === ownRun(callerName(root.caller.principal), root.id) ? undefined : call.run
}

/**
 * The account that the call uses at the destination. If the caller sends its own credential, a different
 * credential makes a different call.
 */
function credentialSubject({ runtime, opening }: AskingCall, destination: string): string {
  const credential = runtime.destination(destination)?.credential
  if (credential?.kind !== 'caller') return credential?.kind ?? ''
  return `caller ${opening.headers.get(callerHeaderOf(credential)) ?? ''}`
}
