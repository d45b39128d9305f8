// Policy tests as code: each example under a policy's `test` is judged by the real guards and the real policy, without a call.

import type { Finding } from '../../../contract/content.ts'
import type { DecisionInput, PolicyTest } from '../../../contract/decide.ts'
import type { Phase, PolicyRule } from '../../../contract/snapshot.ts'
import { decider } from './decide.ts'

/** Reads a text as the configured guards of that phase would. Rejects when a guard fails. */
export type Detect = (text: string, phase: Phase) => readonly Finding[] | Promise<readonly Finding[]>

export interface PolicyTestFailure {
  policy: string
  /** Place in the policy's `test` list. */
  index: number
  message: string
  cure: string
}

/** Every example whose outcome is not the expected one. `at` is the moment (ms since the epoch) of the examples that name none. */
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
      cure:
        outcome === 'none' ? `check its "when", and that a guard reports the labels it asks for` : `make its "when" narrower, or expect "${outcome}"`,
    })
  }
  return failures
}

async function outcomeOf(policy: PolicyRule, test: PolicyTest, detect: Detect, at: number): Promise<string> {
  const phase = test.phase ?? policy.on[0] ?? 'request'
  try {
    const findings = test.text === undefined ? [] : await detect(test.text, phase)
    return decider([policy]).decide(inputOf(test, phase, findings, at)).applied[0]?.effect.kind ?? 'none'
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
    return `an error: ${cause instanceof Error ? cause.message : 'a guard failed'}`
  }
}

function inputOf(test: PolicyTest, phase: Phase, findings: readonly Finding[], at: number): DecisionInput {
  const { subject = {}, operation = {} } = test
  const team = subject.team ?? ''
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
      kind: 'model.generate',
      dialect: operation.dialect ?? 'openai-chat',
      isStreaming: operation.streaming ?? false,
      bytes: operation.bytes ?? test.text?.length ?? 0,
      resource: { kind: 'model', name: test.model ?? '' },
      facts: {
        tools: operation.tools ?? [],
        media: operation.media ?? [],
        ...(operation.maxOutputTokens !== undefined && { maxOutputTokens: operation.maxOutputTokens }),
      },
    },
    findings,
    address: test.address ?? '127.0.0.1',
    at: test.at ?? at,
  }
}
