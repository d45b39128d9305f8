// A record has enough data to evaluate other policies for its call: the outcome is that of the call itself,
// or unknown.

import { afterEach, expect, test } from 'bun:test'
import type { PolicyRule } from '../../src/contract/snapshot.ts'
import { createInspector } from '../../src/gateway/inspect/index.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { type Gatehouse, startGateway } from './gateway.ts'

let gatehouse: Gatehouse | undefined
afterEach(async () => {
  await gatehouse?.stop()
  gatehouse = undefined
})

const conditions: readonly string[] = [
  'content.count("pii/email") == 2',
  'content.has("pii/iban")',
  'subject.key == "tester" && subject.team == "testers"',
  'operation.maxOutputTokens == 50 && operation.streaming == false',
  'operation.tools == ["look_up"]',
  'size(operation.media) > 0',
  'operation.bytes > 100 && operation.dialect == "openai-chat" && operation.kind == "model.generate"',
  'request.address == "127.0.0.1" && operation.direction == "forward"',
  '"inside" in resource.traits && resource.name == "demo/echo"',
  'run.calls == 1 && run.depth == 0 && run.seconds >= 0 && "pii/email" in run.findings',
  'run.tokens > 0',
  'size(subject.claims) == 0',
  'subject.tags.cost == "r42"',
  'subject.tags.other == "r42" || content.has("pii")',
  'phase == "request"',
]

test('each policy condition has the same outcome for a record as for its call', async () => {
  const rules = conditions.map((when, index) => `  p${index}: { when: '${when}', then: flag }`)
  gatehouse = await startGateway({
    config: `providers:
  demo: { kind: demo, traits: [inside] }
guards:
  personal-data: { kind: pii }
teams:
  testers: { allow: { models: ["*/*"] }, tags: { cost: r42 } }
policies:
${rules.join('\n')}
`,
  })
  const body = {
    model: 'demo/echo',
    max_tokens: 50,
    messages: [{ role: 'user', content: 'ann@example.com and ben@example.com' }],
    tools: [
      { type: 'function', function: { name: 'look_up', parameters: { type: 'object', properties: {} } } },
    ],
  }
  const headers = { 'x-gatehouse-run': 'a' }
  for (let call = 0; call < 2; call += 1) expect((await gatehouse.chat(body, { headers })).status).toBe(200)
  const record = (await gatehouse.records(2)).at(-1)
  if (!record) throw new Error('there is no record')
  const applied = new Set(record.policies?.map(({ name }) => name))
  const policies = conditions.map(
    (when, index): PolicyRule => ({ name: `p${index}`, when, on: ['request'], then: { kind: 'flag' } }),
  )
  const replayed = createInspector({ snapshot: { guards: [], policies }, clock: createFakeClock() }).replay(
    record,
    'request',
  )
  const outcomes = new Map(replayed.map(({ policy, outcome }) => [policy, outcome]))
  for (const [index, when] of conditions.entries())
    expect([when, outcomes.get(`p${index}`)]).toEqual([
      when,
      applied.has(`p${index}`) ? 'applies' : 'does-not-apply',
    ])
  expect(applied.size).toBeGreaterThan(8)

  // a record of an earlier build and a truncated record have less data
  const outcomeOf = (when: string, more: object) =>
    createInspector({
      snapshot: { guards: [], policies: [{ name: 'p', when, on: ['request'], then: { kind: 'deny' } }] },
      clock: createFakeClock(),
    }).replay({ ...record, ...more }, 'request')[0]?.outcome
  const { facts: _facts, ...old } = record
  expect(outcomeOf('run.calls > 0', {})).toBe('applies')
  expect(
    createInspector({ snapshot: { guards: [], policies }, clock: createFakeClock() }).replay(
      old,
      'request',
    )[9]?.outcome,
  ).toBe('unknown')
  expect(outcomeOf('content.has("pii")', { isTrimmed: true })).toBe('unknown')
  expect(outcomeOf('content.has("pii")', { findings: { unphased: { 'pii/email': 1 } } })).toBe('unknown')
  expect(outcomeOf('operation.tools == ["look_up"]', { facts: { ...record.facts, toolCount: 80 } })).toBe(
    'unknown',
  )
  expect(outcomeOf('has(operation.arguments.env)', {})).toBe('unknown')
})
