// For administrators: shows step by step which rule allows or denies a name for a key, and the fix. Callers
// see none of it (unknown and not granted look the same).

import {
  type Resource,
  type ResourceKind,
  destinationOf,
  destinationSections,
  grantKind,
} from '../../contract/resource.ts'
import type { Snapshot } from '../../contract/snapshot.ts'
import { findNearest } from '../../kit/nearest.ts'
import { type PrincipalEntry, callerName } from '../identify/index.ts'
import { type Rule, type GrantJudgment, denyOf, grantsOf, judgeResource } from './grants.ts'
import { type ModelNames, type Resolved, deniableNames, resolve } from './resolve.ts'

export interface Reason {
  /** Place in the configuration: `teams.research.deny.models[0]`, `models.fast`. */
  rule: string
  /** `ask`, `only` and `depends` are of policies. */
  effect: 'exists' | 'unknown' | 'allow' | 'deny' | 'no-match' | 'ask' | 'only' | 'depends'
  /** The glob, for a grant. */
  pattern?: string
  text: string
}

export interface Explanation {
  key: string
  team: string
  resource: Resource
  isAllowed: boolean
  /** In the order of the gateway's checks; the last one decides. */
  reasons: readonly Reason[]
  decidedBy: string
  /** How to allow it; absent if it is allowed. */
  fix?: string
  /** The possible targets of a call, without those that a deny excludes. */
  targets: readonly string[]
}

export function explain(
  snapshot: Snapshot,
  names: ModelNames,
  principal: PrincipalEntry,
  resource: Resource,
): Explanation {
  const { name } = resource
  const verdict = (
    reasons: readonly Reason[],
    rest: { fix?: string; targets?: readonly string[] },
  ): Explanation => ({
    key: callerName(principal),
    team: principal.team,
    resource,
    isAllowed: rest.fix === undefined,
    reasons,
    decidedBy: reasons.at(-1)?.rule ?? 'default deny',
    targets: rest.targets ?? [],
    ...(rest.fix !== undefined && { fix: rest.fix }),
  })

  const resolved = resolve(snapshot, names, resource)
  if (!resolved) return verdict([unknownReason(resource)], { fix: fixForUnknown(snapshot, resource) })

  const grants = grantsOf(snapshot, principal, grantKind(resource.kind))
  const judged = judgeResource(grants, resource, deniableNames(snapshot, names, resolved.granted))
  const steps = [
    existsReason(snapshot, resource, resolved),
    ...grantReasons(judged, principal, resource.kind, resolved.granted),
  ]
  if (judged.kind === 'denied')
    return verdict(steps, {
      fix: `remove "${judged.by.pattern}" from ${judged.by.path}: a deny on the path wins over every allow`,
    })
  if (judged.kind === 'not-granted') {
    return verdict(steps, {
      fix: `add ${grantToAdd(resource.kind, resolved.granted)} to ${allowPlace(judged.missing, principal, resource.kind)}`,
    })
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
    fix: `every target of "${name}" is denied; remove one of these denies, or give the model another target`,
  })
}

function grantReasons(
  judged: GrantJudgment,
  principal: PrincipalEntry,
  kind: ResourceKind,
  name: string,
): Reason[] {
  if (judged.kind === 'denied')
    return [byRule(judged.by, 'deny', `"${judged.by.pattern}" denies "${name}"; a deny on the path wins`)]
  if (judged.kind === 'not-granted') {
    const text =
      judged.missing === 'team'
        ? `team "${principal.team}" and its ancestors allow nothing that matches "${name}"; what nobody allows is denied`
        : `the key's own list does not have "${name}", and keys only narrow`
    const byTeam = judged.missing === 'key' ? [allows(judged.by, name)] : []
    return [...byTeam, { rule: allowPlace(judged.missing, principal, kind), effect: 'no-match', text }]
  }
  const { by, narrowedBy } = judged
  const narrowed = narrowedBy
    ? [byRule(narrowedBy, 'allow', `the key's own "${narrowedBy.pattern}" admits it too`)]
    : []
  return [allows(by, name), ...narrowed]
}

const byRule = ({ path, pattern }: Rule, effect: Reason['effect'], text: string): Reason => ({
  rule: path,
  effect,
  pattern,
  text,
})
const allows = (rule: Rule, name: string): Reason =>
  byRule(rule, 'allow', `"${rule.pattern}" allows "${name}"`)

const allowPlace = (missing: 'team' | 'key', principal: PrincipalEntry, kind: ResourceKind): string =>
  `${missing === 'key' ? `keys.${callerName(principal)}` : `teams.${principal.team}`}.allow.${grantKind(kind)}`

function existsReason(
  { destinations }: Snapshot,
  { kind, name }: Resource,
  { granted, plan }: Resolved,
): Reason {
  const destination = destinations[destinationOf(granted)]
  const place = destination ? `${destination.section}.${destination.name}` : ''
  if (kind === 'model' && !granted.includes('/')) {
    const text = `"${name}" is a model over ${plan.targets.map(({ target }) => target).join(', ')}`
    return { rule: `models.${name}`, effect: 'exists', text }
  }
  return { rule: place, effect: 'exists', text: existingTexts[kind](name, granted) }
}

const existingTexts: Readonly<Record<ResourceKind, (name: string, granted: string) => string>> = {
  model: (name, granted) =>
    name === granted
      ? `"${name}" is a target; granting a model does not open its targets by name`
      : `"${name}" is a vendor's name and stands for the target "${granted}"`,
  tool: (name) =>
    name.includes('/')
      ? `"${name}" is a tool of the server "${destinationOf(name)}"`
      : `"${name}" is a server; its list is open when any of its tools is`,
  agent: (name) =>
    name.includes('/')
      ? `"${name}" is what the agent "${destinationOf(name)}" offers`
      : `"${name}" is an agent`,
}

/** The place in the configuration for a name of this kind, and its label. */
function placeOf({ kind, name }: Resource): { section: string; noun: string } {
  if (kind === 'model' && !name.includes('/')) return { section: 'models', noun: 'model' }
  return destinationSections.find(({ serves }) => serves === kind) ?? destinationSections[0]
}

function unknownReason(resource: Resource): Reason {
  const { section, noun } = placeOf(resource)
  const text = `there is no ${noun} "${destinationOf(resource.name)}"`
  return {
    rule: section,
    effect: 'unknown',
    text: resource.kind === 'model' ? text : `unknown ${resource.kind} "${resource.name}": ${text}`,
  }
}

function fixForUnknown({ destinations, models }: Snapshot, resource: Resource): string {
  const { section } = placeOf(resource)
  const serving = Object.values(destinations).filter(({ serves }) => serves === resource.kind)
  const known = section === 'models' ? Object.keys(models) : serving.map(({ name }) => name)
  const before = destinationOf(resource.name)
  const meant = findNearest(before, known)
  return meant
    ? `did you mean "${meant}${resource.name.slice(before.length)}"?`
    : `add it under ${section}; known: ${known.join(', ') || 'none'}`
}

function grantToAdd(kind: ResourceKind, name: string): string {
  const all = `"${destinationOf(name)}/*"`
  if (name.includes('/')) return `"${name}" (or a glob such as ${all})`
  // a tool server has no grant of its own; its tools have grants
  return kind === 'tool' ? `${all} (or some of its tools)` : `"${name}" (or a glob such as "*")`
}
