import { describe, expect, test } from 'bun:test'
import type { DecisionInput } from '../../../contract/decide.ts'
import { GatewayError } from '../../../contract/errors.ts'
import type { Phase, PolicyEffect, PolicyRule } from '../../../contract/snapshot.ts'
import type { Traffic } from '../scope.ts'
import { createDecider, preparePolicies, readsContent, runPolicyTests } from './index.ts'

const policy = (
  name: string,
  when: string,
  then: PolicyEffect,
  on: readonly Phase[] = ['request'],
): PolicyRule => ({ name, when, then, on })
const input = (labels: readonly string[] = [], phase: Phase = 'request'): DecisionInput => ({
  phase,
  subject: { key: 'ci', team: 'research', teamPath: ['research'], tags: {}, claims: {} },
  operation: {
    kind: 'model.generate',
    direction: 'forward',
    dialect: 'openai-chat',
    isStreaming: false,
    bytes: 10,
    resource: { kind: 'model', name: 'fast' },
    facts: { tools: [], media: [] },
  },
  traits: () => ['eu'],
  run: {
    calls: 3,
    depth: 1,
    tokens: 900,
    costNano: 2_500_000_000n,
    startedAt: -90_000,
    findings: ['pii/email'],
    marks: ['untrusted-input'],
  },
  findings: labels.map((label) => ({ guard: 'g', label, channel: 'c', start: 0, end: 1 })),
  address: '127.0.0.1',
  at: 0,
})
const decider = (rules: readonly PolicyRule[]) => createDecider(preparePolicies(rules))
const model: Traffic = { direction: 'forward', resource: { kind: 'model', name: 'fast' } }
const only = (...targets: string[]): PolicyEffect => ({ kind: 'only', targets, traits: [] })

describe('deciding', () => {
  test('all policies run and are reported in order of strictness', () => {
    const { decide } = decider([
      policy('seen', 'true', { kind: 'flag' }),
      policy('give-back', 'true', { kind: 'restore', labels: ['pii'] }),
      policy('hide', 'true', { kind: 'redact', labels: ['pii/card'] }),
      policy('inside', 'true', only('inside/*')),
      policy('never', 'true', { kind: 'deny' }),
      policy('not-now', 'false', { kind: 'deny' }),
    ])
    const decision = decide(input())
    expect(decision.applied.map(({ name }) => name)).toEqual(['never', 'inside', 'hide', 'give-back', 'seen'])
    expect(decision.denied?.name).toBe('never')
    expect(decision.only).toEqual([{ name: 'inside', targets: ['inside/*'], traits: [] }])
    expect([decision.redact, decision.restore]).toEqual([['pii/card'], ['pii']])
  })
  test('text that one policy redacts is not restored by another', () => {
    const { decide } = decider([
      policy('a', 'true', { kind: 'restore', labels: ['pii', 'pii/card'] }),
      policy('b', 'true', { kind: 'redact', labels: ['pii'] }),
    ])
    expect(decide(input())).toMatchObject({ redact: ['pii'], restore: [] })
  })
  test('only the policies of the phase run', () => {
    const { decide } = decider([
      policy('a', 'phase == "response"', { kind: 'deny', message: 'no such answers' }, ['response']),
    ])
    expect(decide(input()).denied).toBeUndefined()
    expect(decide(input([], 'response')).denied).toEqual({ name: 'a', message: 'no such answers' })
  })
  test('a policy that cannot be evaluated refuses the call and is named; only the log has the reason', () => {
    const { decide } = decider([policy('cost', 'subject.tags.cost == "x"', { kind: 'flag' })])
    try {
      decide(input())
      expect.unreachable()
    } catch (thrown) {
      if (!(thrown instanceof GatewayError)) throw thrown
      expect([thrown.code, thrown.details.rule]).toEqual(['guard-failed', 'cost'])
      expect(thrown.message).not.toContain('no such key')
      expect(String(thrown.details.cause)).toContain('no such key: cost')
    }
  })
  test('a policy that does not compile fails closed as well', () => {
    expect(() => decider([policy('typo', 'subject.taem == "x"', { kind: 'flag' })]).decide(input())).toThrow(
      GatewayError,
    )
  })
  test('a deny applies even if another policy cannot be evaluated', () => {
    const { decide } = decider([
      policy('cost', 'subject.tags.cost == "x"', { kind: 'flag' }),
      policy('no', 'true', { kind: 'deny' }),
    ])
    expect(decide(input()).denied?.name).toBe('no')
  })
  test('calls without policies share one empty decision', () => {
    const { decide } = decider([])
    expect(decide(input())).toBe(decide(input()))
  })
})

describe('the content that policies need', () => {
  const rules = [
    policy('a', 'content.has("pii") || content.count("pattern/host") > 1', { kind: 'flag' }),
    policy('b', 'true', { kind: 'redact', labels: ['secret'] }, ['request', 'response']),
    policy('c', 'subject.team == "research"', { kind: 'deny' }),
  ]
  test('is reported per phase', () => {
    const blind = decider(rules.slice(2))
    expect([
      decider(rules).readsContent('request', model),
      decider(rules).readsContent('response', model),
    ]).toEqual([true, true])
    expect([
      blind.readsContent('request', model),
      blind.has('request', model),
      blind.has('response', model),
    ]).toEqual([false, true, false])
    expect(rules.map(readsContent)).toEqual([true, true, false])
  })
  test('so that a refusal which reads no content needs no guard', () => {
    const decision = decider(rules).decideWithoutContent(input())
    expect(decision.denied?.name).toBe('c')
    expect(decision.applied).toHaveLength(1)
  })
})

describe('policy tests', () => {
  const rules = [policy('inside', 'content.has("pii") && resource.name != "local"', only('inside/*'))]
  const detect = (text: string) =>
    text.includes('IBAN') ? [{ guard: 'g', label: 'pii/iban', channel: 't', start: 0, end: 4 }] : []
  const run = (...tests: Parameters<typeof runPolicyTests>[1]) => runPolicyTests(rules, tests, detect, 0)
  test('pass when the outcome is the expected one', async () => {
    expect(
      await run(
        { policy: 'inside', index: 0, text: 'IBAN …', expect: 'only' },
        { policy: 'inside', index: 1, text: 'nothing', expect: 'none' },
        { policy: 'inside', index: 2, text: 'IBAN …', model: 'local', expect: 'none' },
      ),
    ).toEqual([])
  })
  test('fail with what came out instead', async () => {
    const failures = await run(
      { policy: 'inside', index: 0, text: 'nothing', expect: 'only' },
      { policy: 'inside', index: 1, text: 'IBAN', expect: 'none' },
    )
    expect(failures.map(({ index, message }) => [index, message])).toEqual([
      [0, 'the test expects "only", the outcome is "none"'],
      [1, 'the test expects "none", the outcome is "only"'],
    ])
  })
  test('fail when a guard fails', async () => {
    const failing = () => Promise.reject(new Error('the detector is down'))
    const [failure] = await runPolicyTests(
      rules,
      [{ policy: 'inside', index: 0, text: 'x', expect: 'none' }],
      failing,
      0,
    )
    expect(failure?.message).toContain('the detector is down')
  })
})
