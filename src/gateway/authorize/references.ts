// Checks references of a request other than its model. Other models need their own grant, and objects in the
// vendor's account need the provider's permission. Both depend on the target, so targets that may not serve
// the call are removed.

import { GatewayError } from '../../contract/errors.ts'
import type { Operation, Reference } from '../../contract/operation.ts'
import type { Resource } from '../../contract/resource.ts'
import type { DestinationRule } from '../../contract/snapshot.ts'
import type { Authorized } from '../exchange.ts'
import { type PrincipalEntry, titleOf } from '../identify/index.ts'

export interface ReferenceRules {
  mayUse(principal: PrincipalEntry, resource: Resource): boolean
  destination(name: string): DestinationRule | undefined
}

/** @throws GatewayError `unknown-model`, `unsupported` when no target is left */
export function permitReferences(
  rules: ReferenceRules,
  principal: PrincipalEntry,
  operation: Operation,
  authorized: Authorized,
): Authorized {
  const { plan } = authorized
  // Most requests name nothing else, at any target.
  if (plan.targets.every(({ target }) => (operation.references?.(target).length ?? 0) === 0))
    return authorized
  let refusal: GatewayError | undefined
  const targets = plan.targets.filter(({ target }) => {
    const refused = operation
      .references?.(target)
      .find((reference) => !isPermitted(rules, principal, target, reference))
    if (refused) refusal ??= refuse(principal, target, refused)
    return refused === undefined
  })
  if (targets.length === 0 && refusal) throw refusal
  return targets.length === plan.targets.length ? authorized : { ...authorized, plan: { ...plan, targets } }
}

function isPermitted(
  rules: ReferenceRules,
  principal: PrincipalEntry,
  target: string,
  reference: Reference,
): boolean {
  const provider = target.slice(0, target.indexOf('/'))
  if (reference.kind === 'state') return rules.destination(provider)?.sharesState === true
  const named = `${provider}/${reference.name}`
  return named === target || rules.mayUse(principal, { kind: 'model', name: named })
}

function refuse(principal: PrincipalEntry, target: string, reference: Reference): GatewayError {
  const { param } = reference
  const provider = target.slice(0, target.indexOf('/'))
  if (reference.kind === 'model')
    return new GatewayError(
      'unknown-model',
      `"${param}" names the model "${reference.name.slice(0, 200)}", which does not exist or is not available to ${titleOf(principal)} as "${provider}/${reference.name.slice(0, 200)}"; each model that a request names needs a grant.`,
      { param },
    )
  return new GatewayError(
    'unsupported',
    `"${param}" names ${reference.what} in the account of provider "${provider}", which all callers share; send the content itself. An administrator can set "sharedState: allow" if every caller may see everything in that account.`,
    { param },
  )
}
