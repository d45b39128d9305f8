// The decision: which rules apply to an operation, given who asks and what guards found. Pure, so that recorded traffic can be replayed against a draft.

import type { Finding } from './content.ts'
import type { Operation } from './operation.ts'
import type { Phase, PolicyEffect } from './snapshot.ts'
import type { Subject } from './subject.ts'

/** What a CEL condition may read: control checks expressions against it, the gateway evaluates over it. */
export const policyFields = {
  subject: { key: 'string', person: 'string', workload: 'string', team: 'string', teams: 'list<string>', tags: 'map<string>', claims: 'map<dyn>' },
  resource: { kind: 'string', name: 'string' },
  operation: {
    kind: 'string',
    dialect: 'string',
    streaming: 'bool',
    bytes: 'int',
    maxOutputTokens: 'int',
    tools: 'list<string>',
    media: 'list<string>',
  },
  request: { address: 'string', hour: 'int', weekday: 'int' },
  phase: 'string',
} as const

/** Functions beyond CEL's own: `content.has("pii")`, `content.count("pii/email")`. */
export const policyFunctions = { 'content.has': 'bool', 'content.count': 'int' } as const

export interface DecisionInput {
  phase: Phase
  subject: Subject
  operation: Pick<Operation, 'kind' | 'dialect' | 'isStreaming' | 'bytes' | 'facts' | 'resource'>
  findings: readonly Finding[]
  address: string
  /** ms since the epoch */
  at: number
}

export interface Decision {
  /** In order of strictness: deny, only, redact, restore, flag. */
  applied: readonly { name: string; effect: PolicyEffect }[]
  denied?: { name: string; message: string }
  /** Every `only` must admit a target. */
  only: readonly { name: string; targets: readonly string[]; traits: readonly string[] }[]
  /** Labels whose findings are redacted (`restore`: with a placeholder that the response gives back). */
  redact: readonly string[]
  restore: readonly string[]
}

export type Decide = (input: DecisionInput) => Decision

/** An example under a policy's `test`: what is asked by whom, and what the policy has to make of it. */
export interface PolicyTest {
  policy: string
  /** Place in the policy's list. */
  index: number
  /** Read by the real guards; absent: no content. */
  text?: string
  /** Default: the first phase of the policy. */
  phase?: Phase
  /** Name of the model or target that is asked for. */
  model?: string
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
    dialect?: string
    streaming?: boolean
    bytes?: number
    maxOutputTokens?: number
    tools?: readonly string[]
    media?: Operation['facts']['media']
  }
  address?: string
  /** ms since the epoch */
  at?: number
  expect: PolicyEffect['kind'] | 'none'
}
