// The decision: which rules apply to an operation, given its caller and the guards' findings. Pure, so that
// recorded traffic can be replayed against a draft of the rules.

import type { Finding } from './content.ts'
import type { Operation } from './operation.ts'
import type { OperationKind, Resource } from './resource.ts'
import type { RunFacts } from './run.ts'
import type { Phase, PolicyEffect } from './snapshot.ts'
import type { Subject } from './subject.ts'

/**
 * The fields that a CEL condition may read. Control checks expressions against them; the gateway evaluates
 * expressions with their values.
 */
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

/** `operation.arguments`, `phase`: a declared field, or `content` for the guards' findings. */
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
  /** An administrator must approve the call before it is sent. One approval covers all of these policies. */
  asks?: readonly { name: string; message?: string }[]
  /** Every `only` must admit a target. */
  only: readonly { name: string; targets: readonly string[]; traits: readonly string[] }[]
  /**
   * Labels whose findings are redacted. `restore`: with a placeholder, whose value is put back into the
   * response.
   */
  redact: readonly string[]
  restore: readonly string[]
}

export type Decide = (input: DecisionInput) => Decision

/**
 * Whether a resource may be used, as far as this is known before a call. `unknown`: it depends on the content
 * of the call. Lists show everything except `denied`.
 */
export type Judgment = 'allowed' | 'denied' | 'ask' | 'unknown'

/** Facts in addition to the caller and the resource. Absent facts are unknown. */
export interface JudgedFacts {
  kind?: OperationKind
  address?: string
  run?: RunFacts
}

/**
 * The facts that policies read from an exchange, without texts and argument values. Records store them, and
 * replays against other rules start from them. Everything else (arguments, claim values) is unknown in a
 * replay.
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
  /** `false`: the caller had no claims. Otherwise their values are unknown. */
  hasClaims?: boolean
  /** How often guards reported each label in this phase. Absent: unknown. */
  findings?: Readonly<Record<string, number>>
}

/** The effect of one policy in a replay. `unknown`: its condition depends on a fact that was not recorded. */
export interface ReplayedPolicy {
  policy: string
  effect: PolicyEffect
  outcome: 'applies' | 'does-not-apply' | 'unknown' | 'fails'
}

/** An example under a policy's `test`: a request, its caller, and the expected effect of the policy. */
export interface PolicyTest {
  policy: string
  /** Index in the policy's list. */
  index: number
  /** The real guards read it. Absent: no content. */
  text?: string
  /** Default: the first phase of the policy. */
  phase?: Phase
  /** The requested model or target, tool, or agent. At most one of the three. */
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
