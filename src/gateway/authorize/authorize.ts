// The step `authorize`: may this principal use the named resource, and what does the name mean? In memory,
// and cached per principal of one snapshot.

import { type Resource, type ResourceKind, grantKind } from '../../contract/resource.ts'
import type { Snapshot } from '../../contract/snapshot.ts'
import type { Authorized } from '../exchange.ts'
import type { PrincipalEntry } from '../identify/index.ts'
import { explain } from './explain.ts'
import type { Explanation } from './explain.ts'
import { denyOf, grantsOf, judgeResource } from './grants.ts'
import type { Grants } from './grants.ts'
import { deniableNames, resolve } from './resolve.ts'
import type { ModelNames } from './resolve.ts'

export interface Authorizer {
  /** undefined if unknown or not granted; the caller does not learn which. */
  authorize: (principal: PrincipalEntry, resource: Resource) => Authorized | undefined
  explain: (principal: PrincipalEntry, resource: Resource) => Explanation
}

/** Clients can send any name: beyond this many names of one principal, its cache is emptied. */
const maxNamesPerPrincipal = 256

interface Compiled {
  grants: Grants
  answers: Map<string, Authorized | undefined>
}

/** For one snapshot. Principals are distinguished by their entry: a changed key has a new entry. */
export function createAuthorizer(snapshot: Snapshot, names: ModelNames): Authorizer {
  const compiled = new WeakMap<PrincipalEntry, Partial<Record<ResourceKind, Compiled>>>()
  return {
    authorize(principal, resource) {
      let kinds = compiled.get(principal)
      if (!kinds) {
        kinds = {}
        compiled.set(principal, kinds)
      }
      const mine = (kinds[resource.kind] ??= {
        grants: grantsOf(snapshot, principal, grantKind(resource.kind)),
        answers: new Map(),
      })
      const known = mine.answers.get(resource.name)
      if (known || mine.answers.has(resource.name)) return known
      const answer = decide(snapshot, names, mine.grants, resource)
      if (mine.answers.size >= maxNamesPerPrincipal) mine.answers.clear()
      mine.answers.set(resource.name, answer)
      return answer
    },
    explain: (principal, resource) => explain(snapshot, names, principal, resource),
  }
}

function decide(
  snapshot: Snapshot,
  names: ModelNames,
  grants: Grants,
  resource: Resource,
): Authorized | undefined {
  const resolved = resolve(snapshot, names, resource)
  if (!resolved) return undefined
  const verdict = judgeResource(grants, resource, deniableNames(snapshot, names, resolved.granted))
  if (verdict.kind !== 'allowed') return undefined
  // a model grants its targets, except those that a deny on the path names: deny wins there too
  const targets = resolved.plan.targets.filter(
    ({ target }) => !denyOf(grants, deniableNames(snapshot, names, target)),
  )
  if (targets.length === 0) return undefined
  const plan = targets.length === resolved.plan.targets.length ? resolved.plan : { ...resolved.plan, targets }
  return { plan, rule: verdict.by.path }
}
