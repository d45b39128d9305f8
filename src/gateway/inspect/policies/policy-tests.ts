// Runs policy tests: the real guards and the real policy judge each example under a policy's `test`, without
// a call.

import type { Finding } from '../../../contract/content.ts'
import type { DecisionInput, PolicyTest } from '../../../contract/decide.ts'
import type { Phase, PolicyRule } from '../../../contract/snapshot.ts'
import type { Resource } from '../../../contract/resource.ts'
import { newRun } from '../../../contract/run.ts'
import type { Traffic } from '../scope.ts'
import { createDecider, preparePolicies } from './decide.ts'

/** Reads a text with the configured guards of that phase and traffic. Rejects if a guard fails. */
export type Detect = (
  text: string,
  phase: Phase,
  traffic: Traffic,
) => readonly Finding[] | Promise<readonly Finding[]>

export interface PolicyTestFailure {
  policy: string
  /** Index in the policy's `test` list. */
  index: number
  message: string
  fix: string
}

/** Every example with an unexpected outcome. `at` is the default time of examples (ms since the epoch). */
export async function runPolicyTests(
  policies: readonly PolicyRule[],
  tests: readonly PolicyTest[],
  detect: Detect,
  at: number,
): Promise<PolicyTestFailure[]> {
  const failures: PolicyTestFailure[] = []
  for (const test of tests) {
    const policy = policies.find(({ name }) => name === test.policy)
    if (!policy) continue
    const outcome = await outcomeOf(policy, test, detect, at)
    if (outcome === test.expect) continue
    failures.push({
      policy: test.policy,
      index: test.index,
      message: `the test expects "${test.expect}", the outcome is "${outcome}"`,
      fix:
        outcome === 'none'
          ? `check its "when", and that a guard reports the labels it asks for`
          : `make its "when" narrower, or expect "${outcome}"`,
    })
  }
  return failures
}

async function outcomeOf(policy: PolicyRule, test: PolicyTest, detect: Detect, at: number): Promise<string> {
  const phase = test.phase ?? policy.on[0] ?? 'request'
  try {
    const input = inputOf(policy, test, phase, at)
    const findings = test.text === undefined ? [] : await detect(test.text, phase, input.operation)
    return (
      createDecider(preparePolicies([policy])).decide({ ...input, findings }).applied[0]?.effect.kind ??
      'none'
    )
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
    return `an error: ${cause instanceof Error ? cause.message : 'a guard failed'}`
  }
}

/** The default resource of an example: one of the first kind that the policy applies to. */
function resourceOf({ for: kinds }: PolicyRule, { model, tool, agent }: PolicyTest): Resource {
  if (tool !== undefined || (model === undefined && agent === undefined && kinds?.[0] === 'tools'))
    return { kind: 'tool', name: tool ?? '' }
  if (agent !== undefined || (model === undefined && kinds?.[0] === 'agents'))
    return { kind: 'agent', name: agent ?? '' }
  return { kind: 'model', name: model ?? '' }
}

const usualKind = { model: 'model.generate', tool: 'tool.call', agent: 'agent.send' } as const

function inputOf(policy: PolicyRule, test: PolicyTest, phase: Phase, at: number): DecisionInput {
  const { subject = {}, operation = {}, run = {} } = test
  const team = subject.team ?? ''
  const resource = resourceOf(policy, test)
  const now = test.at ?? at
  return {
    phase,
    subject: {
      key: subject.key ?? 'test',
      team,
      teamPath: subject.teams ?? (team === '' ? [] : [team]),
      tags: subject.tags ?? {},
      claims: subject.claims ?? {},
      ...(subject.person !== undefined && { person: subject.person }),
      ...(subject.workload !== undefined && { workload: subject.workload }),
    },
    operation: {
      kind: operation.kind ?? usualKind[resource.kind],
      direction: operation.direction ?? 'forward',
      dialect: operation.dialect ?? (resource.kind === 'model' ? 'openai-chat' : ''),
      isStreaming: operation.streaming ?? false,
      bytes: operation.bytes ?? test.text?.length ?? 0,
      resource,
      arguments: () => operation.arguments ?? {},
      facts: {
        tools: operation.tools ?? [],
        media: operation.media ?? [],
        ...(operation.maxOutputTokens !== undefined && { maxOutputTokens: operation.maxOutputTokens }),
      },
    },
    traits: () => test.traits ?? [],
    run: {
      ...newRun(now - (run.seconds ?? 0) * 1000),
      ...(run.calls !== undefined && { calls: run.calls }),
      ...(run.depth !== undefined && { depth: run.depth }),
      ...(run.tokens !== undefined && { tokens: run.tokens }),
      ...(run.cost !== undefined && { costNano: BigInt(Math.round(run.cost * 1e9)) }),
      ...(run.findings && { findings: run.findings }),
      ...(run.marks && { marks: run.marks }),
    },
    findings: [],
    address: test.address ?? '127.0.0.1',
    at: now,
  }
}
