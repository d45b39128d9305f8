// Judges a match in a response: records it, runs the policies again, and returns a refusal, a change, or
// nothing.

import type { Finding } from '../../contract/content.ts'
import type { Decision } from '../../contract/decide.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Operation } from '../../contract/operation.ts'
import type { GuardRule, Phase } from '../../contract/snapshot.ts'
import type { Match } from './guard.ts'
import { type Notes, noteFinding, notePolicy } from './notes.ts'
import { isMeant, mask } from './redact.ts'
import { requireArguments } from './tool-values.ts'

export interface ResponseJudge {
  /**
   * The replacement of the match; undefined if it may pass.
   * @throws GatewayError `guard-blocked`, `policy-denied`, `guard-failed`
   */
  judge(rule: GuardRule, match: Match, channel: string): string | undefined
}

// Policies count findings. More than this many in one response do not change a decision.
const mostFindings = 1000

/**
 * @param operation the operation of the response
 * @param decide response policies that read findings; absent if there are none
 */
export function createResponseJudge(
  operation: Operation,
  notes: Notes,
  decide: ((findings: readonly Finding[]) => Decision) | undefined,
): ResponseJudge {
  // a tool acts on the client's response
  const isActedOn = operation.direction === 'reverse'
  const findings: Finding[] = []
  let decision: Decision | undefined
  return {
    judge(rule, match, channel) {
      noteFinding(notes, 'response', match.label)
      if (rule.action === 'block') throw blockRefusal(rule, match.label, 'response')
      if (decide && findings.length < mostFindings) {
        findings.push({ guard: rule.name, label: match.label, channel, start: match.start, end: match.end })
        decision = decide(findings)
        noteDecision(notes, decision)
      }
      if (rule.action === 'flag' || rule.action === 'redact') notePolicy(notes, rule.name, rule.action)
      if (rule.action === 'redact' || (decision && isMeant(decision.redact, match.label)))
        return mask(match.label)
      const isRestored = rule.action === 'restore' || (decision && isMeant(decision.restore, match.label))
      if (isActedOn && isRestored)
        requireArguments(match.label, rule, decision ?? nothingApplied, operation.resource)
      return undefined
    },
  }
}

const nothingApplied = { applied: [] }

/** Writes the applied effects to the record. @throws GatewayError `policy-denied` */
export function noteDecision(notes: Notes, decision: Decision): void {
  for (const { name, effect } of decision.applied) notePolicy(notes, name, effect.kind)
  if (decision.denied)
    throw new GatewayError('policy-denied', decision.denied.message, { rule: decision.denied.name })
}

/** Contains guard and label, never the text. */
export function blockRefusal(rule: GuardRule, label: string, phase: Phase, param?: string): GatewayError {
  const fix = phase === 'request' ? 'remove it from the request' : 'the response was stopped before it'
  return new GatewayError(
    'guard-blocked',
    `Guard "${rule.name}" found ${label} in ${param === undefined ? `the ${phase}` : `"${param}" of the ${phase}`} and does not let it pass; ${fix}.`,
    {
      rule: rule.name,
      ...(param !== undefined && { param }),
    },
  )
}
