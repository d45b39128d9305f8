// The facts of a request for policies that a record may contain, so that another policy can be tested on
// recorded traffic.

import type { DecisionInput } from '../../contract/decide.ts'
import type { PolicyFacts, PolicyRun } from '../../contract/record.ts'
import type { RunFacts } from '../../contract/run.ts'

const mostNames = 64
const longestName = 64

export function policyFacts({
  operation,
  subject,
  traits,
  run,
}: Pick<DecisionInput, 'operation' | 'subject' | 'traits' | 'run'>): PolicyFacts {
  const { maxOutputTokens, tools, media } = operation.facts
  const facts: PolicyFacts = { traits: traits(), run: runFacts(run) }
  if (maxOutputTokens !== undefined) facts.maxOutputTokens = maxOutputTokens
  if (tools.length > 0) facts.tools = names(tools)
  if (tools.length > mostNames) facts.toolCount = tools.length
  if (media.length > 0) facts.media = media
  const claims = Object.keys(subject.claims)
  if (claims.length > 0) facts.claims = names(claims)
  return facts
}

/** Most calls are the first of their run. */
function runFacts({ calls, tokens, costNano, startedAt, findings, marks }: RunFacts): PolicyRun {
  if (calls === 0 && findings.length === 0 && marks.length === 0) return newborn
  return {
    calls,
    startedAt,
    ...(tokens > 0 && { tokens }),
    ...(costNano > 0n && { costNano: costNano.toString() }),
    ...(findings.length > 0 && { findings: names(findings) }),
    ...(marks.length > 0 && { marks }),
  }
}

const newborn: PolicyRun = Object.freeze({})

const names = (all: readonly string[]): string[] => all.slice(0, mostNames).map(shortName)

/** A shortened name ends in `…`, which no tool name contains. */
const shortName = (name: string) => (name.length > longestName ? `${name.slice(0, longestName)}…` : name)
