import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../src/contract/errors.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { PolicyRule } from '../../src/contract/snapshot.ts'
import type { Inspected } from '../../src/gateway/exchange.ts'
import {
  type Bench,
  bench,
  guard,
  nothingInspected,
  operationOf,
  situation,
  textsOfOperation,
} from './harness.ts'
import { done, text, textsOf } from './reply.ts'

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
  throw new Error('expected a GatewayError')
}

// a policy's effect is called `then`; no code awaits a policy
const policy = (
  name: string,
  when: string,
  then: PolicyRule['then'],
  on: PolicyRule['on'] = ['request'],
): PolicyRule => ({ name, on, when, then })

describe('a request', () => {
  test('a request that no rule covers is not read', () => {
    const needs = ({ inspector }: Bench) => [
      inspector.needsRequest(operationOf({})),
      inspector.needsResponse(operationOf({})),
    ]
    expect(needs(bench([]))).toEqual([false, false])
    expect(needs(bench([guard('redact', { on: ['response'] })]))).toEqual([false, true])
    const run = bench([], [policy('note', 'true', { kind: 'flag' })])
    expect(needs(run)).toEqual([true, false])
    const unread: Operation = {
      ...operationOf({}),
      content: () => {
        throw new Error('read')
      },
    }
    expect(inspect(run, unread).operation).toBe(unread)
    expect(run.notes.policies).toEqual([{ name: 'note', effect: 'flag' }])
  })

  test('a request without findings goes out unchanged', () => {
    const operation = operationOf({ 'messages/0': 'Hello there.' })
    const inspected = inspect(bench([guard('restore')]), operation)
    expect(inspected.operation).toBe(operation)
    expect(inspected.vault.size).toBe(0)
  })

  test('a blocked request gets an error with the guard and the label, never the text', () => {
    const run = bench([guard('block')])
    const error = refusal(() => inspect(run, operationOf({ 'messages/0': 'I am ada@example.com' })))
    expect(error).toMatchObject({ code: 'guard-blocked', details: { rule: 'personal-data' } })
    expect(error.message).toContain('pii/email')
    expect(error.message).not.toContain('ada')
    expect(run.notes.findings).toEqual({ request: { 'pii/email': 1 } })
  })

  test('a request is redacted on every channel, and tool arguments stay JSON', () => {
    const run = bench([guard('redact')])
    const inspected = inspect(
      run,
      operationOf({
        'messages/0': 'I am ada@example.com.',
        'messages/1/arguments': '{"to":"a\\nb@c.de","n":4111111111111111}',
      }),
    )
    expect(textsOfOperation(inspected.operation)).toEqual({
      'messages/0': 'I am [email].',
      'messages/1/arguments': '{"to":"a\\n[email]","n":"[card]"}',
    })
    expect(inspected.findings).toContainEqual({
      guard: 'personal-data',
      label: 'pii/email',
      channel: 'messages/0',
      start: 5,
      end: 20,
    })
    expect(inspected.decision.applied).toEqual([
      { name: 'personal-data', effect: { kind: 'redact', labels: ['pii/email', 'pii/card'] } },
    ])
    expect(run.notes).toMatchObject({
      isRedacted: true,
      findings: { request: { 'pii/email': 2, 'pii/card': 1 } },
      policies: [{ name: 'personal-data', effect: 'redact' }],
    })
  })

  test('placeholders are stable and new to the text, and the response gets the originals', async () => {
    const run = bench([guard('restore')])
    const inspected = inspect(
      run,
      operationOf({
        a: 'ada@example.com, bob@example.com, again ada@example.com; <EMAIL_2> is taken',
        'b/arguments': '{"to":"ada@example.com"}',
      }),
    )
    expect(textsOfOperation(inspected.operation)).toEqual({
      a: '<EMAIL_1>, <EMAIL_3>, again <EMAIL_1>; <EMAIL_2> is taken',
      'b/arguments': '{"to":"<EMAIL_1>"}',
    })
    expect([...inspected.vault].map(([placeholder, { value }]) => [placeholder, value])).toEqual([
      ['<EMAIL_1>', 'ada@example.com'],
      ['<EMAIL_3>', 'bob@example.com'],
    ])
    const released = await run.pull(
      [text('Dear <EMA'), text('IL_3>, <EMAIL_2> and eve@example.com'), done],
      inspected,
    )
    // on a response no value must be hidden: restore only reports there
    expect(textsOf(released)).toEqual({
      'choice/0/text': 'Dear bob@example.com, <EMAIL_2> and eve@example.com',
    })
    expect(run.notes.findings).toEqual({ request: { 'pii/email': 4 }, response: { 'pii/email': 1 } })
  })

  test('a label only reports, and policies act on it with deny, only, redact or restore', () => {
    const one = operationOf({ a: 'ada@example.com' })
    const label = [guard('label')]
    expect(textsOfOperation(inspect(bench(label), one).operation)).toEqual({ a: 'ada@example.com' })
    const denied = bench(label, [
      policy('no-mail', 'content.has("pii/email")', { kind: 'deny', message: 'No mail.' }),
    ])
    expect(refusal(() => inspect(denied, one))).toMatchObject({
      code: 'policy-denied',
      message: 'No mail.',
      details: { rule: 'no-mail' },
    })
    expect(denied.notes).toMatchObject({
      findings: { request: { 'pii/email': 1 } },
      policies: [{ name: 'no-mail', effect: 'deny' }],
    })
    const only = inspect(
      bench(label, [
        policy('inside', 'content.has("pii")', { kind: 'only', targets: ['inside/*'], traits: [] }),
      ]),
      one,
    )
    expect(only.decision.only).toEqual([{ name: 'inside', targets: ['inside/*'], traits: [] }])
    const redacted = inspect(bench(label, [policy('mask', 'true', { kind: 'redact', labels: ['pii'] })]), one)
    expect(textsOfOperation(redacted.operation)).toEqual({ a: '[email]' })
    const restored = inspect(
      bench(label, [policy('hide', 'true', { kind: 'restore', labels: ['pii/email'] })]),
      one,
    )
    expect(textsOfOperation(restored.operation)).toEqual({ a: '<EMAIL_1>' })
    const flagged = bench([guard('flag')])
    inspect(flagged, one)
    expect(flagged.notes.policies).toEqual([{ name: 'personal-data', effect: 'flag' }])
  })

  test('redact overrides restore if both apply', () => {
    const run = bench([guard('restore'), guard('redact', { name: 'mail', options: { entities: ['email'] } })])
    const inspected = inspect(run, operationOf({ a: 'ada@example.com 4111111111111111' }))
    expect(textsOfOperation(inspected.operation)).toEqual({ a: '[email] <CARD_1>' })
    expect(inspected.vault.size).toBe(1)
  })

  test('a request that a policy denies for any content is not read', () => {
    const run = bench([guard('flag')], [policy('closed', 'true', { kind: 'deny' })])
    const unread: Operation = {
      ...operationOf({}),
      content: () => {
        throw new Error('read')
      },
    }
    expect(refusal(() => inspect(run, unread)).code).toBe('policy-denied')
  })

  test('a request fails closed or open if a guard cannot decide', () => {
    // nearly matches at every character, but never within its reach: the guard gives up
    const hostile = { kind: 'patterns', options: { patterns: { a: 'a.{9,}b' }, reach: 8 } }
    const operation = operationOf({ a: `${'a'.repeat(11)}b`.repeat(2_000) })
    const closed = refusal(() =>
      inspect(bench([guard('redact', { ...hostile, onError: 'closed' })]), operation),
    )
    expect(closed).toMatchObject({ code: 'guard-failed', details: { rule: 'personal-data' } })
    const open = bench([guard('redact', { ...hostile, onError: 'open' })])
    expect(inspect(open, operation).operation).toBe(operation)
    expect(open.notes.policies).toEqual([{ name: 'personal-data', effect: 'flag' }])
  })

  test.each(['block', 'redact', 'restore', 'flag', 'label'] as const)(
    'that cannot be shown the content refuses it, or flags it: %s',
    (action) => {
      const content = { pieces: [], media: [], unreadable: { param: 'input', what: 'token ids' } }
      const operation = { ...operationOf({}), content: () => content }
      const closed = refusal(() => inspect(bench([guard(action)]), operation))
      expect(closed).toMatchObject({
        code: 'guard-blocked',
        details: { rule: 'personal-data', param: 'input' },
      })
      const open = bench([guard(action, { onError: 'open' })])
      expect(inspect(open, operation).operation).toBe(operation)
      expect(open.notes.policies).toEqual([{ name: 'personal-data', effect: 'flag' }])
      // a guard that only reads responses does not affect it
      expect(
        inspect(
          bench([guard(action, { on: ['response'] })], [policy('seen', 'true', { kind: 'flag' })]),
          operation,
        ).operation,
      ).toBe(operation)
    },
  )
})

describe('policies of the response', () => {
  test('policies that need no content decide before the first byte of a response', async () => {
    const run = bench([], [policy('quiet', 'true', { kind: 'deny', message: 'Not today.' }, ['response'])])
    expect(run.inspector.needsResponse(operationOf({}))).toBe(true)
    expect(await run.pull([text('x'), done]).catch((error: unknown) => error)).toMatchObject({
      code: 'policy-denied',
    })
    expect(run.released).toEqual([])
  })

  test('policies act on a finding of a guard as soon as it is found', async () => {
    const run = bench(
      [guard('label')],
      [
        policy('mask', 'content.has("pii/email")', { kind: 'redact', labels: ['pii/email'] }, ['response']),
        policy('too-many', 'content.count("pii/email") > 2', { kind: 'deny' }, ['response']),
      ],
    )
    const error = await run
      .pull([text('a@b.co, '), text('c@d.co, and '), text('4111111111111111, '), text('e@f.co, ')])
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'policy-denied', details: { rule: 'too-many' } })
    expect(textsOf(run.released)).toEqual({ 'choice/0/text': '[email], [email], and 4111111111111111, ' })
  })
})

test('guards of an unknown kind or with wrong options do not start', () => {
  expect(() => bench([guard('flag', { kind: 'magic' })])).toThrow(
    'unknown kind "magic"; this build has patterns, pii',
  )
  expect(() => bench([guard('flag', { options: { entities: ['nothing'] } })])).toThrow()
})

test('policy tests read a text like the guards of the phase', async () => {
  const { inspector } = bench([guard('label', { on: ['request'] })])
  expect(await inspector.detect('IBAN DE89 3704 0044 0532 0130 00', 'request')).toEqual([
    { guard: 'personal-data', label: 'pii/iban', channel: 'text', start: 5, end: 32 },
  ])
  expect(await inspector.detect('IBAN DE89 3704 0044 0532 0130 00', 'response')).toEqual([])
  expect(nothingInspected().findings).toEqual([])
})
