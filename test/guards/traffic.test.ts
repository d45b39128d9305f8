// Rules by traffic and author: which guard reads which text, how `restore` treats tools, and the second check
// after an edit.
/* oxlint-disable unicorn/no-thenable -- the word of the configuration, never awaited */

import { describe, expect, test } from 'bun:test'
import type { Piece } from '../../src/contract/content.ts'
import { GatewayError } from '../../src/contract/errors.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { PolicyRule } from '../../src/contract/snapshot.ts'
import { newRun } from '../../src/contract/run.ts'
import type { Inspected } from '../../src/gateway/exchange.ts'
import type { GuardKind } from '../../src/gateway/inspect/index.ts'
import { guardKinds } from '../../src/gateway/inspect/index.ts'
import { type Bench, bench, guard, operationOf, situation } from './harness.ts'
import { done, edited, text, textsOf } from './reply.ts'

const policy = (name: string, rule: Pick<PolicyRule, 'when' | 'then'> & Partial<PolicyRule>): PolicyRule => ({
  name,
  on: ['request'],
  ...rule,
})

/** A call of a tool with these arguments. */
function toolCall(args: string, more: Partial<Operation> = {}): Operation {
  const piece: Piece = {
    channel: 'arguments',
    kind: 'tool-arguments',
    text: args,
    form: 'whole',
    escaping: 'json-text',
  }
  return {
    ...operationOf({}),
    kind: 'tool.call',
    resource: { kind: 'tool', name: 'github/create_issue' },
    dialect: 'json-rpc',
    repeat: 'unsent',
    arguments: () => JSON.parse(args) as Record<string, unknown>,
    content: () => ({ pieces: [piece], media: [] }),
    edit: (edits) => toolCall(edited(args, edits, 'arguments'), more),
    ...more,
  }
}
const argumentsOf = (operation: Operation) => operation.content().pieces[0]?.text

function inspect(run: Bench, operation: Operation): Inspected {
  const inspected = run.inspector.inspectRequest(operation, situation, run.notes)
  if (inspected instanceof Promise) throw new Error('local guards answer at once')
  return inspected
}
function refusal(call: () => unknown): GatewayError {
  try {
    call()
  } catch (error) {
    if (error instanceof GatewayError) return error
  }
  throw new Error('it was not refused')
}

const withMail = '{"title":"assign to ann@example.com"}'

describe('a guard reads the traffic of its rule', () => {
  test.each([
    [{}, true, true],
    [{ for: ['tools'] as const }, false, true],
    [{ for: ['models'] as const }, true, false],
    [{ from: ['upstream'] as const }, false, false],
    [{ from: ['caller'] as const }, true, true],
  ])('%j', (rule, readsModels, readsTools) => {
    const blocks = (operation: Operation) => {
      try {
        inspect(bench([guard('block', rule)]), operation)
        return false
      } catch {
        return true
      }
    }
    expect([blocks(operationOf({ text: 'ann@example.com' })), blocks(toolCall(withMail))]).toEqual([
      readsModels,
      readsTools,
    ])
  })

  test('the author of a text follows from direction and phase', async () => {
    const ofUpstream = guard('redact', { from: ['upstream'] })
    const sampling = toolCall(withMail, { direction: 'reverse' })
    expect(argumentsOf(inspect(bench([ofUpstream]), sampling).operation)).toBe(
      '{"title":"assign to [email]"}',
    )
    expect(argumentsOf(inspect(bench([guard('redact', { from: ['caller'] })]), sampling).operation)).toBe(
      withMail,
    )

    const responses = async (from: 'caller' | 'upstream', direction: Operation['direction']) => {
      const run = bench([guard('redact', { from: [from] })])
      const operation = toolCall('{}', { direction })
      return textsOf(
        await run.pull([text('mail ann@example.com'), done], { ...inspect(run, operation), operation }),
      )
    }
    expect(await responses('upstream', 'forward')).toEqual({ 'choice/0/text': 'mail [email]' })
    expect(await responses('caller', 'forward')).toEqual({ 'choice/0/text': 'mail ann@example.com' })
    expect(await responses('upstream', 'reverse')).toEqual({ 'choice/0/text': 'mail ann@example.com' })
    expect(await responses('caller', 'reverse')).toEqual({ 'choice/0/text': 'mail [email]' })
  })

  test('the author of a text in policies follows from direction and phase', () => {
    const rules = [policy('no', { when: 'true', then: { kind: 'deny' }, for: ['tools'] })]
    expect(inspect(bench([], rules), operationOf({ text: 'x' })).decision.applied).toEqual([])
    expect(refusal(() => inspect(bench([], rules), toolCall('{}'))).code).toBe('policy-denied')
  })
})

describe('restore never sends a placeholder to a tool', () => {
  test('restore refuses a tool call with a value that it would hide', () => {
    const error = refusal(() => inspect(bench([guard('restore')]), toolCall(withMail)))
    expect(error).toMatchObject({ code: 'placeholder-in-arguments', details: { rule: 'personal-data' } })
    expect(error.message).toContain('restoreIn: [arguments]')
    expect(error.message).not.toContain('ann@')
  })
  test('a tool call with a hidden value passes if the rule restores it in arguments', () => {
    const run = bench([guard('restore', { restoreIn: ['arguments'] })])
    const inspected = inspect(run, toolCall(withMail))
    expect(argumentsOf(inspected.operation)).toBe(withMail)
    expect(inspected.vault.size).toBe(0)
    expect(run.notes.findings).toEqual({ request: { 'pii/email': 1 } })
    expect(run.notes.policies).toEqual([{ name: 'personal-data', effect: 'restore' }])
  })
  test('restore in policies refuses the same tool call, and the stricter of two rules counts', () => {
    const restoring = (restoreIn?: 'arguments'[]) =>
      policy('hide', {
        when: 'true',
        then: { kind: 'restore', labels: ['pii'], ...(restoreIn && { restoreIn }) },
      })
    expect(
      refusal(() => inspect(bench([guard('label')], [restoring()]), toolCall(withMail))).details.rule,
    ).toBe('hide')
    expect(
      argumentsOf(inspect(bench([guard('label')], [restoring(['arguments'])]), toolCall(withMail)).operation),
    ).toBe(withMail)
    expect(
      refusal(() => inspect(bench([guard('restore')], [restoring(['arguments'])]), toolCall(withMail)))
        .details.rule,
    ).toBe('personal-data')
  })
  test('redact still removes a value from a tool call', () => {
    expect(argumentsOf(inspect(bench([guard('redact')]), toolCall(withMail)).operation)).toBe(
      '{"title":"assign to [email]"}',
    )
  })
  test('a placeholder is sent to a model, which is not a tool', () => {
    const { operation, vault } = inspect(
      bench([guard('restore')]),
      operationOf({ text: 'ask ann@example.com' }),
    )
    expect([operation.content().pieces[0]?.text, vault.size]).toEqual(['ask <EMAIL_1>', 1])
  })
  test('a tool call with a placeholder of an earlier call is refused, even if no guard reads tools', () => {
    const run = bench([guard('restore', { for: ['models'] })])
    Object.assign(run.notes, { exchange: { id: 'x', run: 'ci:r1' } })
    inspect(run, operationOf({ text: 'ask ann@example.com' }))
    const error = refusal(() => inspect(run, toolCall('{"title":"assign to \\u003cEMAIL_1\\u003e"}')))
    expect(error).toMatchObject({ code: 'placeholder-in-arguments', details: { rule: 'personal-data' } })
    expect(argumentsOf(inspect(run, toolCall('{"title":"<EMAIL_2>"}')).operation)).toBe(
      '{"title":"<EMAIL_2>"}',
    )
  })
  test('a placeholder in the response of a client to a tool is refused', async () => {
    const run = bench([guard('restore')])
    const operation = toolCall('{}', { direction: 'reverse' })
    const pulled = run.pull([text('I am ann@example.com '), done], { ...inspect(run, operation), operation })
    expect(await pulled.catch((error: unknown) => error)).toMatchObject({ code: 'placeholder-in-arguments' })
    expect(run.released).toEqual([])
  })
  test('restore hides nothing from the caller', () => {
    const asked = toolCall(withMail, { direction: 'reverse' })
    expect(argumentsOf(inspect(bench([guard('restore')]), asked).operation)).toBe(withMail)
  })
})

describe('after an edit the rules are checked again', () => {
  const inside = policy('inside', {
    when: 'content.has("pii")',
    then: { kind: 'only', targets: ['inside/*'], traits: [] },
  })

  test('the first check still counts: an only rule applies although its label was redacted', () => {
    const { operation, decision, findings } = inspect(
      bench([guard('redact')], [inside]),
      operationOf({ text: 'ask ann@example.com' }),
    )
    expect(operation.content().pieces[0]?.text).toBe('ask [email]')
    expect(decision.only).toEqual([{ name: 'inside', targets: ['inside/*'], traits: [] }])
    expect(findings.map(({ label }) => label)).toEqual(['pii/email'])
    expect(decision.applied.map(({ name }) => name)).toEqual(['inside', 'personal-data'])
  })

  /** Finds a word at any place. */
  const word = (kind: string, label: string, wanted: string): GuardKind => ({
    ...guardKinds[0],
    kind,
    options: guardKinds[0]?.options as GuardKind['options'],
    labels: () => [label],
    create: () => ({
      context: 0,
      settled: (all) => all.length,
      find: (all, _kind, from) => {
        const start = all.indexOf(wanted, from)
        return start < 0 ? [] : [{ label, start, end: start + wanted.length }]
      },
    }),
  })
  const marked = [...guardKinds, word('mark', 'mark', '[email]')]
  const mark = (action: Parameters<typeof guard>[0]) => guard(action, { name: 'marks', kind: 'mark' })

  test('the second check can only add labels, policies and denials', () => {
    const rules = [
      policy('marked', { when: 'content.has("mark") && content.has("pii/email")', then: { kind: 'flag' } }),
    ]
    const run = bench([guard('redact'), mark('label')], rules, marked)
    const { decision, findings } = inspect(run, operationOf({ text: 'ask ann@example.com', other: 'x' }))
    expect(findings.map(({ label }) => label)).toEqual(['pii/email', 'mark'])
    expect(decision.applied.map(({ name }) => name)).toEqual(['personal-data', 'marked'])
    expect(run.notes.policies).toContainEqual({ name: 'marked', effect: 'flag' })

    const denying = [policy('no', { when: 'content.has("mark")', then: { kind: 'deny' } })]
    expect(
      refusal(() =>
        inspect(
          bench([guard('redact'), mark('label')], denying, marked),
          operationOf({ text: 'ann@example.com' }),
        ),
      ).code,
    ).toBe('policy-denied')
    expect(
      refusal(() =>
        inspect(
          bench([guard('redact'), mark('block')], [], marked),
          operationOf({ text: 'ann@example.com' }),
        ),
      ).code,
    ).toBe('guard-blocked')
  })

  test('an edit in the second check refuses the call', () => {
    for (const action of ['redact', 'restore'] as const)
      expect(
        refusal(() =>
          inspect(
            bench([guard('redact'), mark(action)], [], marked),
            operationOf({ text: 'ann@example.com' }),
          ),
        ),
      ).toMatchObject({
        code: 'policy-unstable',
        details: { rule: 'marks' },
      })
    // also an edit of another text, which a policy would change because of the first text
    const late = policy('late', {
      when: 'content.has("mark")',
      then: { kind: 'redact', labels: ['pii/iban'] },
    })
    const both = operationOf({ text: 'ask ann@example.com', other: 'DE89 3704 0044 0532 0130 00' })
    const onlyMail = policy('mail', { when: 'true', then: { kind: 'redact', labels: ['pii/email'] } })
    expect(
      refusal(() => inspect(bench([guard('label'), mark('label')], [late, onlyMail], marked), both)).code,
    ).toBe('policy-unstable')
  })

  test('a condition over arguments sees the arguments that will be sent', () => {
    const rules = [
      policy('masked', {
        when: 'operation.arguments.title == "assign to [email]"',
        then: { kind: 'deny' },
        for: ['tools'],
      }),
    ]
    expect(refusal(() => inspect(bench([guard('redact')], rules), toolCall(withMail))).code).toBe(
      'policy-denied',
    )
  })

  test('the rules are checked once for an unchanged request', () => {
    let decided = 0
    const counting = toolCall('{"title":"x"}', { arguments: () => ((decided += 1), { title: 'x' }) })
    inspect(
      bench(
        [guard('redact')],
        [policy('p', { when: 'operation.arguments.title == "y"', then: { kind: 'deny' }, for: ['tools'] })],
      ),
      counting,
    )
    // once before guards read, once after
    expect(decided).toBe(2)
  })
})

test('conditions read arguments, direction, run and traits', () => {
  const holds = (
    when: string,
    more: Partial<typeof situation> = {},
    args = '{"env":"prod","count":3,"to":{"id":"7"}}',
  ) => {
    const run = bench([], [policy('p', { when, then: { kind: 'flag' } })])
    return (
      (run.inspector.inspectRequest(toolCall(args), { ...situation, ...more }, run.notes) as Inspected)
        .decision.applied.length === 1
    )
  }
  expect(
    holds(
      'operation.arguments.env == "prod" && operation.arguments.count > 2.0 && operation.arguments.to.id == "7"',
    ),
  ).toBe(true)
  expect(holds('has(operation.arguments.region) && operation.arguments.region == "eu"')).toBe(false)
  expect(refusal(() => holds('operation.arguments.region == "eu"')).code).toBe('guard-failed')
  expect(
    holds('operation.direction == "forward" && operation.kind == "tool.call" && resource.kind == "tool"'),
  ).toBe(true)
  expect(holds('"external" in resource.traits', { traits: () => ['external'] })).toBe(true)
  const run = {
    ...newRun(-61_000),
    calls: 7,
    depth: 2,
    tokens: 900,
    costNano: 1_500_000_000n,
    findings: ['pii/email'],
    marks: ['egress'] as const,
  }
  expect(
    holds(
      'run.calls == 7 && run.depth == 2 && run.tokens > 800 && run.cost == 1.5 && "pii/email" in run.findings && "egress" in run.marks',
      { run },
    ),
  ).toBe(true)
  expect(holds('"__proto__" in operation.arguments', {}, '{"a":1}')).toBe(false)
})
