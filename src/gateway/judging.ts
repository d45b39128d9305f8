// Decides about a resource before there is a call, by grants and by request policies. Facts that only a call
// has are unknown. Lists show the resources that are not denied, and explanations name the rules, so all
// surfaces share one decision.

import type { JudgedFacts, Judgment } from '../contract/decide.ts'
import type { Resource } from '../contract/resource.ts'
import type { Plan, TargetRule } from '../contract/snapshot.ts'
import type { Authorizer, Explanation, Reason } from './authorize/index.ts'
import type { Identified } from './exchange.ts'
import type { PrincipalEntry } from './identify/index.ts'
import type { Inspector, JudgedCall, PolicyReason } from './inspect/index.ts'
import { isAdmitted, type TargetLookup } from './route/index.ts'

type JudgedCaller = Pick<Identified, 'principal' | 'subject' | 'address'>

export class Judging {
  readonly #lookup: TargetLookup
  readonly #inspector: Pick<Inspector, 'judge' | 'reasons'>
  readonly #authorizer: Authorizer
  readonly #traits = new WeakMap<Plan, readonly string[]>()

  constructor(lookup: TargetLookup, inspector: Pick<Inspector, 'judge' | 'reasons'>, authorizer: Authorizer) {
    this.#lookup = lookup
    this.#inspector = inspector
    this.#authorizer = authorizer
  }

  /** Traits that each target has. */
  commonTraits(plan: Plan): readonly string[] {
    let common = this.#traits.get(plan)
    if (!common) {
      const [first, ...others] = this.#targetsOf(plan)
      common = first?.traits.filter((trait) => others.every(({ traits }) => traits.includes(trait))) ?? []
      this.#traits.set(plan, common)
    }
    return common
  }

  judge(caller: JudgedCaller, resource: Resource, facts: JudgedFacts, at: number): Judgment {
    const authorized = this.#authorizer.authorize(caller.principal, resource)
    return authorized
      ? this.#judgePolicies(authorized.plan, this.#callOf(caller, authorized.plan, resource, facts, at))
      : 'denied'
  }

  explain(principal: PrincipalEntry, resource: Resource, at: number): Explanation {
    const explained = this.#authorizer.explain(principal, resource)
    const authorized = explained.isAllowed ? this.#authorizer.authorize(principal, resource) : undefined
    if (!authorized) return explained
    const call = this.#callOf({ principal, subject: principal.subject }, authorized.plan, resource, {}, at)
    const isDenied = this.#judgePolicies(authorized.plan, call) === 'denied'
    const reasons = [...explained.reasons, ...policyReasons(this.#inspector.reasons(call), isDenied)]
    if (!isDenied) return { ...explained, reasons }
    const decidedBy = reasons.at(-1)?.rule ?? explained.decidedBy
    return { ...explained, reasons, isAllowed: false, decidedBy, targets: [], fix: `change ${decidedBy}` }
  }

  #judgePolicies(plan: Plan, call: JudgedCall): Judgment {
    const { judgment, only, perhapsOnly } = this.#inspector.judge(call)
    if (judgment === 'denied' || (only.length === 0 && perhapsOnly.length === 0)) return judgment
    const left = this.#targetsOf(plan).filter((target) =>
      only.every((rule) => isAdmitted(rule, target, this.#lookup)),
    )
    if (left.length === 0) return 'denied'
    const isSure = left.some((target) => perhapsOnly.every((rule) => isAdmitted(rule, target, this.#lookup)))
    return isSure ? judgment : 'unknown'
  }

  #callOf(
    { subject, address }: JudgedCaller,
    plan: Plan,
    resource: Resource,
    facts: JudgedFacts,
    at: number,
  ): JudgedCall {
    return {
      ...(address !== undefined && { address }),
      ...facts,
      subject,
      resource,
      at,
      traits: () => this.commonTraits(plan),
    }
  }

  #targetsOf({ targets }: Plan): readonly TargetRule[] {
    return targets.flatMap(({ target }) => this.#lookup.target(target) ?? [])
  }
}

/** A policy's effect on a resource, as text for administrators. A denial, if there is one, is last. */
function policyReasons(reasons: readonly PolicyReason[], isDenied: boolean): Reason[] {
  const told = reasons.map(({ policy, effect, outcome }): Reason => {
    const rule = `policies.${policy}`
    if (outcome === 'fails')
      return { rule, effect: 'deny', text: 'its condition cannot be evaluated, which refuses every call' }
    if (outcome === 'unknown')
      return { rule, effect: 'depends', text: `${effect}, if its condition holds for the call` }
    return {
      rule,
      effect: effect === 'ask' || effect === 'only' ? effect : 'deny',
      text: textOf[effect] ?? 'refuses the call',
    }
  })
  const last = isDenied
    ? (told.find(({ effect }) => effect === 'deny') ?? told.find(({ effect }) => effect === 'only'))
    : undefined
  return last ? [...told.filter((reason) => reason !== last), last] : told
}

const textOf: Readonly<Record<string, string>> = {
  ask: 'needs an approval',
  only: 'keeps the call to some targets',
}
