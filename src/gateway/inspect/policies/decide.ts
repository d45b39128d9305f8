// Decides by policies: all run, the strictest effect wins, and one that cannot be evaluated refuses the call. Pure; under a microsecond for ordinary conditions.

import type { Decide, Decision, DecisionInput } from '../../../contract/decide.ts'
import { GatewayError } from '../../../contract/errors.ts'
import type { Phase, PolicyEffect, PolicyRule } from '../../../contract/snapshot.ts'
import { condition, Fault } from './cel/condition.ts'
import type { Condition } from './cel/condition.ts'

export interface Decider {
  /** @throws GatewayError `guard-failed`, naming the policy, when one cannot be evaluated and none denies anyway */
  decide: Decide
  /**
   * The same over the policies that read no content, for calls that may be refused before any guard reads. Its `only`, `redact` and so on are not final.
   * @throws GatewayError `guard-failed`
   */
  decideWithoutContent: Decide
  /** Labels (or prefixes of labels) that findings must be there for; empty: no guard needs to run on account of policies. */
  labels(phase: Phase): readonly string[]
}

/** A policy, ready to run. */
interface Ready {
  name: string
  effect: PolicyEffect
  condition: Condition
  labels: readonly string[]
}

const strictness: Readonly<Record<PolicyEffect['kind'], number>> = { deny: 0, only: 1, redact: 2, restore: 3, flag: 4 }
const nothingApplies: Decision = Object.freeze({ applied: [], only: [], redact: [], restore: [] })

/** Compiles once per snapshot. A condition that does not compile (control checks them) fails closed on each call. */
export function decider(policies: readonly PolicyRule[]): Decider {
  const inOrder = [...policies].sort((left, right) => strictness[left.then.kind] - strictness[right.then.kind])
  const ready = inOrder.map((policy) => ({ phases: policy.on, policy: prepare(policy) }))
  const of = (phase: Phase) => ready.filter(({ phases }) => phases.includes(phase)).map(({ policy }) => policy)
  const byPhase: Readonly<Record<Phase, readonly Ready[]>> = { request: of('request'), response: of('response') }
  const blind = (phase: Phase) => byPhase[phase].filter((policy) => policy.labels.length === 0)
  const withoutContent: Readonly<Record<Phase, readonly Ready[]>> = { request: blind('request'), response: blind('response') }
  const labelsOf = (phase: Phase) => [...new Set(byPhase[phase].flatMap((policy) => policy.labels))]
  const labels: Readonly<Record<Phase, readonly string[]>> = { request: labelsOf('request'), response: labelsOf('response') }
  return {
    decide: (input) => judge(byPhase[input.phase], input),
    decideWithoutContent: (input) => judge(withoutContent[input.phase], input),
    labels: (phase) => labels[phase],
  }
}

/** Does the policy need findings, be it to judge or to know what to redact? */
export const readsContent = (policy: PolicyRule): boolean => prepare(policy).labels.length > 0

function prepare(policy: PolicyRule): Ready {
  const compiled = condition(policy.when)
  const redacted = policy.then.kind === 'redact' || policy.then.kind === 'restore' ? policy.then.labels : []
  return {
    name: policy.name,
    effect: policy.then,
    condition: compiled,
    labels: [...new Set([...compiled.labels.map(({ label }) => label), ...redacted])],
  }
}

function judge(policies: readonly Ready[], input: DecisionInput): Decision {
  let applying: Ready[] | undefined
  let fault: { policy: string; reason: string } | undefined
  for (const policy of policies) {
    const holds = policy.condition.holds(input)
    if (holds === true) (applying ??= []).push(policy)
    else if (holds instanceof Fault) fault ??= { policy: policy.name, reason: holds.message }
  }
  const denies = applying?.[0]?.effect.kind === 'deny'
  if (fault && !denies) throw failed(fault)
  return applying ? decision(applying) : nothingApplies
}

function decision(applying: readonly Ready[]): Decision {
  const denial = applying[0]
  const labels = (kind: 'redact' | 'restore') => [...new Set(applying.flatMap(({ effect }) => (effect.kind === kind ? effect.labels : [])))]
  const redact = labels('redact')
  return {
    applied: applying.map(({ name, effect }) => ({ name, effect })),
    ...(denial?.effect.kind === 'deny' && {
      denied: {
        name: denial.name,
        message: denial.effect.message ?? `policy "${denial.name}" does not allow this call; ask whoever administers Gatehouse`,
      },
    }),
    only: applying.flatMap(({ name, effect }) => (effect.kind === 'only' ? [{ name, targets: effect.targets, traits: effect.traits }] : [])),
    redact,
    // redact is stricter: what it takes away for good is not given back
    restore: labels('restore').filter((label) => !redact.some((other) => label === other || label.startsWith(`${other}/`))),
  }
}

/** The reason names the operator's expression: it goes to the log, not to the caller. */
const failed = ({ policy, reason }: { policy: string; reason: string }) =>
  new GatewayError('guard-failed', `policy "${policy}" could not be evaluated, so the call is refused; the operator finds the reason in the log`, {
    rule: policy,
    cause: new Error(`policy "${policy}": ${reason}`),
  })
