// Decides before there is a call, for lists. Most facts are unknown then, and results that depend on them are
// unknown.

import type { Decision, DecisionInput, Fact, JudgedFacts, Judgment } from '../../../contract/decide.ts'
import type { OperationKind, Resource, ResourceKind } from '../../../contract/resource.ts'
import { newRun } from '../../../contract/run.ts'
import type { PolicyEffect } from '../../../contract/snapshot.ts'
import type { Subject } from '../../../contract/subject.ts'
import { RulesByTraffic } from '../scope.ts'
import { Fault, Unknown } from './cel/condition.ts'
import { factsBelow } from './cel/fields.ts'
import type { ReadyPolicy } from './decide.ts'

/** The decision of policies about a resource that a caller may name. */
export interface PolicyJudgment {
  /** Except for `only`. */
  judgment: Judgment
  /** Every `only` that certainly applies must admit a target. */
  only: Decision['only']
  /** Those that may apply. */
  perhapsOnly: Decision['only']
}

export interface PolicyReason {
  policy: string
  effect: PolicyEffect['kind']
  /** `unknown`: the call decides. */
  outcome: 'applies' | 'unknown' | 'fails'
}

export interface JudgedCall extends JudgedFacts {
  subject: Subject
  resource: Resource
  traits: () => readonly string[]
  at: number
}

const nameless = new Set<string>(['resource.name', 'resource.traits'] satisfies Fact[])
/**
 * How long the results of policies that do not read the resource's name are cached within one caller's lists.
 */
const memoryMs = 1000

interface Memo {
  at: number
  facts: JudgedFacts
  results: Map<ReadyPolicy, boolean | Fault>
}

/**
 * For lists of thousands: a policy whose condition does not read the resource's name or traits is evaluated
 * once per caller and kind, not once per item.
 * @param policies in order of strictness
 */
export class PolicyJudge {
  readonly #policies: RulesByTraffic<ReadyPolicy>
  readonly #ofName: ReadonlySet<ReadyPolicy>
  readonly #memos = new WeakMap<Subject, Partial<Record<ResourceKind, Memo>>>()

  constructor(policies: readonly ReadyPolicy[]) {
    this.#policies = new RulesByTraffic(policies, ({ rule }) => rule)
    this.#ofName = new Set(
      policies.filter(({ condition }) => condition.fields.some(({ path }) => nameless.has(path))),
    )
  }

  judge(call: JudgedCall): PolicyJudgment {
    const policies = this.#policies.of('request', { direction: 'forward', resource: call.resource })
    if (policies.length === 0) return allowed
    const memo = this.#memoOf(call)
    let input: DecisionInput | undefined
    let judgment: Judgment = 'allowed'
    const only: Decision['only'][number][] = []
    const perhapsOnly: Decision['only'][number][] = []
    for (const policy of policies) {
      let holds = memo.results.get(policy)
      if (holds === undefined) {
        input ??= inputOf(call)
        holds = policy.condition.holdsWithout(input, unknownFacts(call))
        if (!this.#ofName.has(policy)) memo.results.set(policy, holds)
      }
      if (holds === false) continue
      const { name, effect } = policy
      const isUnknown = holds instanceof Unknown
      // a policy that cannot be evaluated refuses every call, with any effect
      if (!isUnknown && (holds instanceof Fault || effect.kind === 'deny')) return denied
      if (effect.kind === 'only')
        (isUnknown ? perhapsOnly : only).push({ name, targets: effect.targets, traits: effect.traits })
      else if (effect.kind === 'deny' || effect.kind === 'ask')
        judgment = stricter(judgment, isUnknown ? 'unknown' : 'ask')
    }
    return { judgment, only, perhapsOnly }
  }

  /**
   * The policies that apply, may apply, or cannot be evaluated; the strictest first. For explanations, not
   * for lists.
   */
  reasons(call: JudgedCall): readonly PolicyReason[] {
    const input = inputOf(call)
    return this.#policies
      .of('request', { direction: 'forward', resource: call.resource })
      .flatMap(({ name, effect, condition }): PolicyReason[] => {
        const holds = condition.holdsWithout(input, unknownFacts(call))
        const outcome = holds instanceof Unknown ? 'unknown' : holds instanceof Fault ? 'fails' : 'applies'
        const isDeciding =
          effect.kind === 'deny' || effect.kind === 'ask' || effect.kind === 'only' || outcome === 'fails'
        return holds === false || !isDeciding ? [] : [{ policy: name, effect: effect.kind, outcome }]
      })
  }

  #memoOf({ subject, resource: { kind: resourceKind }, at, kind, address, run }: JudgedCall): Memo {
    let memos = this.#memos.get(subject)
    if (!memos) this.#memos.set(subject, (memos = {}))
    const known = memos[resourceKind]
    const { facts } = known ?? {}
    if (
      known &&
      at - known.at < memoryMs &&
      facts?.kind === kind &&
      facts?.address === address &&
      facts?.run === run
    )
      return known
    const memo: Memo = {
      at,
      facts: { ...(kind && { kind }), ...(address !== undefined && { address }), ...(run && { run }) },
      results: new Map(),
    }
    memos[resourceKind] = memo
    return memo
  }
}

const allowed: PolicyJudgment = Object.freeze({ judgment: 'allowed', only: [], perhapsOnly: [] })
const denied: PolicyJudgment = Object.freeze({ judgment: 'denied', only: [], perhapsOnly: [] })
const rank: Readonly<Record<Judgment, number>> = { allowed: 0, ask: 1, unknown: 2, denied: 3 }
const stricter = (one: Judgment, other: Judgment): Judgment => (rank[other] > rank[one] ? other : one)

/** The action of a call on a resource, if the resource's kind implies it. A model may generate or embed. */
const kindOf: Readonly<Record<ResourceKind, OperationKind>> = {
  model: 'model.generate',
  tool: 'tool.call',
  agent: 'agent.send',
}

const ofTheCall: readonly Fact[] = [
  ...factsBelow('operation').filter((fact) => fact !== 'operation.kind' && fact !== 'operation.direction'),
  'content',
]
const ofTheRun = factsBelow('run')
/** By the known facts: the operation's kind, the address, the run. */
const unknownSets = new Map<number, ReadonlySet<Fact>>()

function unknownFacts({ resource, kind, address, run }: JudgedCall): ReadonlySet<Fact> {
  const isKindKnown = kind !== undefined || resource.kind !== 'model'
  const index = (isKindKnown ? 1 : 0) + (address === undefined ? 0 : 2) + (run ? 4 : 0)
  let facts = unknownSets.get(index)
  if (!facts) {
    facts = new Set<Fact>([
      ...ofTheCall,
      ...(isKindKnown ? [] : ['operation.kind' as const]),
      ...(address === undefined ? ['request.address' as const] : []),
      ...(run ? [] : ofTheRun),
    ])
    unknownSets.set(index, facts)
  }
  return facts
}

const inputOf = ({ subject, resource, traits, at, kind, address, run }: JudgedCall): DecisionInput => ({
  phase: 'request',
  subject,
  operation: {
    kind: kind ?? kindOf[resource.kind],
    direction: 'forward',
    dialect: '',
    isStreaming: false,
    bytes: 0,
    resource,
    facts: { tools: [], media: [] },
  },
  traits,
  run: run ?? newRun(at),
  findings: [],
  address: address ?? '',
  at,
})
