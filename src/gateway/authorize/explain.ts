// For administrators: which rule opens or closes a name to a key, step by step, and the cure. Callers are told none of it (unknown and ungranted look alike).

import type { Resource } from '../../contract/resource.ts'
import type { Plan, Snapshot } from '../../contract/snapshot.ts'
import { nearest } from '../../kit/nearest.ts'
import { type PrincipalEntry, callerName } from '../identify/index.ts'
import { denyOf, grantsOf, judge } from './grants.ts'
import type { Grants } from './grants.ts'
import { deniableNames, resolve } from './resolve.ts'
import type { ModelNames } from './resolve.ts'

export interface Reason {
  /** Place in the configuration: `teams.research.deny.models[0]`, `models.fast`. */
  rule: string
  effect: 'exists' | 'unknown' | 'allow' | 'deny' | 'no-match'
  /** The glob, where a grant speaks. */
  pattern?: string
  text: string
}

export interface Explanation {
  key: string
  team: string
  resource: Resource
  isAllowed: boolean
  /** In the order in which the gateway asks; the last one decides. */
  reasons: readonly Reason[]
  decidedBy: string
  /** What to do to open it; absent when it is open. */
  cure?: string
  /** Where a call may go; targets that a deny closes are left out. */
  targets: readonly string[]
}

export function explain(snapshot: Snapshot, names: ModelNames, principal: PrincipalEntry, resource: Resource): Explanation {
  const { name } = resource
  const verdict = (reasons: readonly Reason[], rest: { cure?: string; targets?: readonly string[] }): Explanation => ({
    key: callerName(principal),
    team: principal.team,
    resource,
    isAllowed: rest.cure === undefined,
    reasons,
    decidedBy: reasons.at(-1)?.rule ?? 'default deny',
    targets: rest.targets ?? [],
    ...(rest.cure !== undefined && { cure: rest.cure }),
  })

  if (resource.kind !== 'model') {
    const unknown: Reason = { rule: `${resource.kind}s`, effect: 'unknown', text: `there is no ${resource.kind} "${name}" in the configuration` }
    return verdict([unknown], { cure: `configure it first; ${resource.kind}s are not supported yet` })
  }
  const resolved = resolve(snapshot, names, resource)
  if (!resolved) return verdict([unknownModel(name)], { cure: cureForUnknown(snapshot, name) })

  const exists = existing(name, resolved.granted, resolved.plan)
  const grants = grantsOf(snapshot, principal, 'models')
  const deniable = deniableNames(snapshot, names, resolved.granted)
  const steps = [exists, ...grantReasons(grants, principal, deniable)]
  const judged = judge(grants, deniable)
  if (judged.kind === 'denied')
    return verdict(steps, { cure: `remove "${judged.by.pattern}" from ${judged.by.path}: a deny on the path wins over every allow` })
  if (judged.kind === 'not-granted') {
    const place = judged.missing === 'key' ? `keys.${callerName(principal)}.allow.models` : `teams.${principal.team}.allow.models`
    return verdict(steps, { cure: `add "${resolved.granted}" (or a glob such as "${globFor(resolved.granted)}") to ${place}` })
  }
  const open: string[] = []
  for (const { target } of resolved.plan.targets) {
    const closed = denyOf(grants, deniableNames(snapshot, names, target))
    if (closed)
      steps.splice(-1, 0, {
        rule: closed.path,
        effect: 'deny',
        pattern: closed.pattern,
        text: `the target "${target}" of "${name}" is denied and left out`,
      })
    else open.push(target)
  }
  if (open.length > 0) return verdict(steps, { targets: open })
  const last = steps.findLast((step) => step.effect === 'deny')
  return verdict(last ? [...steps.filter((step) => step !== last), last] : steps, {
    cure: `every target of "${name}" is denied; remove one of these denies, or give the model another target`,
  })
}

function grantReasons(grants: Grants, principal: PrincipalEntry, deniable: readonly string[]): Reason[] {
  const [name = ''] = deniable
  const judged = judge(grants, deniable)
  if (judged.kind === 'denied') {
    return [
      { rule: judged.by.path, effect: 'deny', pattern: judged.by.pattern, text: `"${judged.by.pattern}" denies "${name}"; a deny on the path wins` },
    ]
  }
  if (judged.kind === 'not-granted' && judged.missing === 'team') {
    const teams = `team "${principal.team}" and its ancestors`
    return [
      {
        rule: `teams.${principal.team}.allow.models`,
        effect: 'no-match',
        text: `${teams} allow nothing that matches "${name}"; what nobody allows is denied`,
      },
    ]
  }
  const byTeam = grants.teamAllow.find((rule) => rule.matches(name))
  const reasons: Reason[] = byTeam
    ? [{ rule: byTeam.path, effect: 'allow', pattern: byTeam.pattern, text: `"${byTeam.pattern}" allows "${name}"` }]
    : []
  if (judged.kind === 'not-granted') {
    return [
      ...reasons,
      {
        rule: `keys.${callerName(principal)}.allow.models`,
        effect: 'no-match',
        text: `the key's own list does not have "${name}", and keys only narrow`,
      },
    ]
  }
  const { narrowedBy } = judged
  return narrowedBy
    ? [
        ...reasons,
        { rule: narrowedBy.path, effect: 'allow', pattern: narrowedBy.pattern, text: `the key's own "${narrowedBy.pattern}" admits it too` },
      ]
    : reasons
}

function existing(name: string, granted: string, plan: Plan): Reason {
  const isModel = !granted.includes('/')
  const text = isModel
    ? `"${name}" is a model over ${plan.targets.map(({ target }) => target).join(', ')}`
    : name === granted
      ? `"${name}" is a target; granting a model does not open its targets by name`
      : `"${name}" is a vendor's name and stands for the target "${granted}"`
  return { rule: isModel ? `models.${name}` : `providers.${granted.slice(0, granted.indexOf('/'))}`, effect: 'exists', text }
}

const unknownModel = (name: string): Reason => ({
  rule: name.includes('/') ? 'providers' : 'models',
  effect: 'unknown',
  text: name.includes('/') ? `there is no provider "${name.slice(0, name.indexOf('/'))}"` : `there is no model "${name}"`,
})

function cureForUnknown(snapshot: Snapshot, name: string): string {
  const slash = name.indexOf('/')
  const known = slash >= 0 ? Object.keys(snapshot.destinations) : Object.keys(snapshot.models)
  const meant = nearest(slash >= 0 ? name.slice(0, slash) : name, known)
  const place = slash >= 0 ? 'providers' : 'models'
  return meant ? `did you mean "${meant}${slash >= 0 ? name.slice(slash) : ''}"?` : `add it under ${place}; known: ${known.join(', ') || 'none'}`
}

const globFor = (name: string): string => (name.includes('/') ? `${name.slice(0, name.indexOf('/'))}/*` : '*')
