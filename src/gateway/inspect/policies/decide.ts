// Decides by policies: all run, the strictest effect wins, and a policy that cannot be evaluated refuses the
// call. Pure; less than a microsecond for ordinary conditions.

import type { Decide, Decision, DecisionInput } from '../../../contract/decide.ts'
import { GatewayError } from '../../../contract/errors.ts'
import type { Phase, PolicyEffect, PolicyRule } from '../../../contract/snapshot.ts'
import { RulesByTraffic, type Traffic } from '../scope.ts'
import { compileCondition, Fault } from './cel/condition.ts'
import type { Condition } from './cel/condition.ts'

export interface Decider {
  /**
   * @throws GatewayError `guard-failed` with the policy's name if one cannot be evaluated and no other denies
   */
  decide: Decide
  /**
   * The same for policies that read no content, for calls that may be refused before any guard reads. Its
   * `only`, `redact` and so on are not final.
   * @throws GatewayError `guard-failed`
   */
  decideWithoutContent: Decide
  /** Does any policy apply in this phase to such traffic? */
  has(phase: Phase, traffic: Traffic): boolean
  /** Does any of them read the findings of guards? */
  readsContent(phase: Phase, traffic: Traffic): boolean
}

/** A policy, ready to run. */
export interface ReadyPolicy {
  name: string
  rule: PolicyRule
  effect: PolicyEffect
  condition: Condition
  /** Labels (or prefixes of labels) whose findings it needs; empty if it reads no content. */
  labels: readonly string[]
}

export const strictness: Readonly<Record<PolicyEffect['kind'], number>> = {
  deny: 0,
  ask: 1,
  only: 2,
  redact: 3,
  restore: 4,
  flag: 5,
}
const nothingApplies: Decision = Object.freeze({ applied: [], only: [], redact: [], restore: [] })

/**
 * Compiles once per snapshot, in order of strictness. A condition that does not compile (control checks them)
 * fails closed on each call.
 */
export const preparePolicies = (policies: readonly PolicyRule[]): readonly ReadyPolicy[] =>
  [...policies].sort((left, right) => strictness[left.then.kind] - strictness[right.then.kind]).map(prepare)

export function createDecider(policies: readonly ReadyPolicy[]): Decider {
  const all = new RulesByTraffic(policies, ({ rule }) => rule)
  const blind = new RulesByTraffic(
    policies.filter(({ labels }) => labels.length === 0),
    ({ rule }) => rule,
  )
  return {
    decide: (input) => judge(all.of(input.phase, input.operation), input),
    decideWithoutContent: (input) => judge(blind.of(input.phase, input.operation), input),
    has: (phase, traffic) => all.of(phase, traffic).length > 0,
    readsContent: (phase, traffic) => all.of(phase, traffic).some(({ labels }) => labels.length > 0),
  }
}

/** Does the policy need findings, either for its condition or for its redaction? */
export const readsContent = (policy: PolicyRule): boolean => prepare(policy).labels.length > 0

function prepare(policy: PolicyRule): ReadyPolicy {
  const compiled = compileCondition(policy.when)
  const redacted = policy.then.kind === 'redact' || policy.then.kind === 'restore' ? policy.then.labels : []
  return {
    name: policy.name,
    rule: policy,
    effect: policy.then,
    condition: compiled,
    labels: [...new Set([...compiled.labels.map(({ label }) => label), ...redacted])],
  }
}

function judge(policies: readonly ReadyPolicy[], input: DecisionInput): Decision {
  let applying: ReadyPolicy[] | undefined
  let fault: { policy: string; reason: string } | undefined
  for (const policy of policies) {
    const holds = policy.condition.holds(input)
    if (holds === true) (applying ??= []).push(policy)
    else if (holds instanceof Fault) fault ??= { policy: policy.name, reason: holds.message }
  }
  const denies = applying?.[0]?.effect.kind === 'deny'
  if (fault && !denies) throw policyFailure(fault)
  return applying ? combineEffects(applying) : nothingApplies
}

function combineEffects(applying: readonly ReadyPolicy[]): Decision {
  const asks = applying.flatMap(({ name, effect }) =>
    effect.kind === 'ask' ? [{ name, ...(effect.message !== undefined && { message: effect.message }) }] : [],
  )
  return {
    applied: applying.map(({ name, effect }) => ({ name, effect })),
    ...deniedBy(applying[0]),
    ...(asks.length > 0 && { asks }),
    only: applying.flatMap(({ name, effect }) =>
      effect.kind === 'only' ? [{ name, targets: effect.targets, traits: effect.traits }] : [],
    ),
    ...hiddenLabels(labelsOf(applying, 'redact'), labelsOf(applying, 'restore')),
  }
}

const labelsOf = (applying: readonly ReadyPolicy[], kind: 'redact' | 'restore') =>
  applying.flatMap(({ effect }) => (effect.kind === kind ? effect.labels : []))

/** redact is stricter: it removes values permanently */
export function hiddenLabels(
  redacted: readonly string[],
  restored: readonly string[],
): Pick<Decision, 'redact' | 'restore'> {
  const redact = [...new Set(redacted)]
  const restore = [...new Set(restored)].filter(
    (label) => !redact.some((other) => label === other || label.startsWith(`${other}/`)),
  )
  return { redact, restore }
}

function deniedBy(strictest: ReadyPolicy | undefined): Pick<Decision, 'denied'> {
  if (strictest?.effect.kind !== 'deny') return {}
  const { name, effect } = strictest
  return {
    denied: {
      name,
      message:
        effect.message ?? `policy "${name}" does not allow this call; ask whoever administers Gatehouse`,
    },
  }
}

/** The reason contains the operator's expression, so it is logged and not sent to the caller. */
const policyFailure = ({ policy, reason }: { policy: string; reason: string }) =>
  new GatewayError(
    'guard-failed',
    `policy "${policy}" could not be evaluated, so the call is refused; the operator finds the reason in the log`,
    {
      rule: policy,
      cause: new Error(`policy "${policy}": ${reason}`),
    },
  )
