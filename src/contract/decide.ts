// The decision: which rules apply to an operation, given who asks and what guards found. Pure, so that
// recorded traffic can be replayed against a draft.

import type { Finding } from './content.ts'
import type { Operation } from './operation.ts'
import type { OperationKind, Resource } from './resource.ts'
import type { RunFacts } from './run.ts'
import type { Phase, PolicyEffect } from './snapshot.ts'
import type { Subject } from './subject.ts'

/** What a CEL condition may read: control checks expressions against it, the gateway evaluates over it. */
export const policyFields = {
  subject: {
    key: 'string',
    person: 'string',
    workload: 'string',
    team: 'string',
    teams: 'list<string>',
    tags: 'map<string>',
    claims: 'map<dyn>',
  },
  resource: { kind: 'string', name: 'string', traits: 'list<string>' },
  operation: {
    kind: 'string',
    direction: 'string',
    dialect: 'string',
    streaming: 'bool',
    bytes: 'int',
    maxOutputTokens: 'int',
    tools: 'list<string>',
    media: 'list<string>',
    arguments: 'map<dyn>',
  },
  run: {
    calls: 'int',
    depth: 'int',
    tokens: 'int',
    cost: 'double',
    seconds: 'int',
    findings: 'list<string>',
    marks: 'list<string>',
  },
  request: { address: 'string', hour: 'int', weekday: 'int' },
  phase: 'string',
} as const

/** Functions beyond CEL's own: `content.has("pii")`, `content.count("pii/email")`. */
export const policyFunctions = { 'content.has': 'bool', 'content.count': 'int' } as const

/** `operation.arguments`, `phase`: a declared field, or `content` for what guards found. */
export type Fact =
  | {
      [Root in keyof typeof policyFields]: FactBelow<Root, (typeof policyFields)[Root]>
    }[keyof typeof policyFields]
  | 'content'
type FactBelow<Root extends string, Declared> = Declared extends string
  ? Root
  : `${Root}.${keyof Declared & string}`

export interface DecisionInput {
  phase: Phase
  subject: Subject
  operation: Pick<
    Operation,
    'kind' | 'direction' | 'dialect' | 'isStreaming' | 'bytes' | 'facts' | 'resource' | 'arguments'
  >
  /** Traits that each target of the resource has. */
  traits: () => readonly string[]
  run: RunFacts
  findings: readonly Finding[]
  address: string
  /** ms since the epoch */
  at: number
}

export interface Decision {
  /** In order of strictness: deny, ask, only, redact, restore, flag. */
  applied: readonly { name: string; effect: PolicyEffect }[]
  denied?: { name: string; message: string }
  /** Somebody must approve the call before it is sent; all of these ask at once. */
  asks?: readonly { name: string; message?: string }[]
  /** Every `only` must admit a target. */
  only: readonly { name: string; targets: readonly string[]; traits: readonly string[] }[]
  /** Labels whose findings are redacted (`restore`: with a placeholder that the response gives back). */
  redact: readonly string[]
  restore: readonly string[]
}

export type Decide = (input: DecisionInput) => Decision

/**
 * May a resource be used, as far as this is known before there is a call? `unknown`: it depends on what the
 * call will hold, so the call decides. Lists show everything but what is `denied`.
 */
export type Judgment = 'allowed' | 'denied' | 'ask' | 'unknown'

/** What is known besides the caller and the resource. Absent facts are unknown. */
export interface JudgedFacts {
  kind?: OperationKind
  address?: string
  run?: RunFacts
}

/**
 * What a policy saw of an exchange, without texts and values of arguments: what a record can hold, and what a
 * replay against other rules starts from. Arguments, values of claims and everything else that is not here
 * are unknown in a replay.
 */
export interface ReplayFacts {
  phase: Phase
  /** ms since the epoch */
  at: number
  subject: Omit<Subject, 'claims' | 'tags'> & Partial<Pick<Subject, 'tags'>>
  resource: Resource
  /** Traits that each target of the resource had. Absent: unknown. */
  traits?: readonly string[]
  /** Members that are absent are unknown. */
  operation: {
    kind: OperationKind
    direction?: Operation['direction']
    dialect?: string
    isStreaming?: boolean
    bytes?: number
    /** 0: none was set. */
    maxOutputTokens?: number
    tools?: readonly string[]
    media?: Operation['facts']['media']
  }
  address?: string
  run?: RunFacts
  /** `false`: the caller had no claims. Otherwise what they held is unknown. */
  hasClaims?: boolean
  /** How often guards reported each label in this phase. Absent: unknown. */
  findings?: Readonly<Record<string, number>>
}

/** What one policy would do in a replay. `unknown`: its condition depends on a fact that was not kept. */
export interface ReplayedPolicy {
  policy: string
  effect: PolicyEffect
  outcome: 'applies' | 'does-not-apply' | 'unknown' | 'fails'
}

/** An example under a policy's `test`: what is asked by whom, and what the policy has to make of it. */
export interface PolicyTest {
  policy: string
  /** Place in the policy's list. */
  index: number
  /** Read by the real guards; absent: no content. */
  text?: string
  /** Default: the first phase of the policy. */
  phase?: Phase
  /**
   * Name of the model or target, of the tool, or of the agent that is asked for; at most one of the three.
   */
  model?: string
  tool?: string
  agent?: string
  /** Of the resource. */
  traits?: readonly string[]
  subject?: {
    key?: string
    person?: string
    workload?: string
    team?: string
    teams?: readonly string[]
    tags?: Readonly<Record<string, string>>
    claims?: Readonly<Record<string, unknown>>
  }
  operation?: {
    kind?: OperationKind
    direction?: Operation['direction']
    arguments?: Readonly<Record<string, unknown>>
    dialect?: string
    streaming?: boolean
    bytes?: number
    maxOutputTokens?: number
    tools?: readonly string[]
    media?: Operation['facts']['media']
  }
  run?: {
    calls?: number
    depth?: number
    tokens?: number
    /** Dollars. */
    cost?: number
    seconds?: number
    findings?: readonly string[]
    marks?: RunFacts['marks']
  }
  address?: string
  /** ms since the epoch */
  at?: number
  expect: PolicyEffect['kind'] | 'none'
}
