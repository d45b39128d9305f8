// Traffic rules for a tool: the policy's view of a call, lists under the same rules, values that a tool must
// or must not get, and calls that need an approval.

import { afterEach, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ApprovalView, Explanation } from '../../src/contract/admin-api.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { testerKey } from '../journeys/gateway.ts'
import { type Trial, startTrial } from './trial.ts'

let trial: Trial | undefined
afterEach(async () => {
  await trial?.stop()
  trial = undefined
})

const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { message: string; data: { code: string } } }).error
const codeOf = async (response: Response) => (await errorOf(response)).data.code
const running = () => {
  if (!trial) throw new Error('no trial runs')
  return trial
}

describe('policies see the call', () => {
  test('policies see the arguments of a tool call, and tool conditions do not apply to other traffic', async () => {
    trial = await startTrial(`policies:
  no-production:
    for: [tools]
    when: has(operation.arguments.env) && operation.arguments.env == "prod"
    then: deny
  models-only: { for: [models], when: "true", then: deny }
`)
    expect(await codeOf(await trial.call('tools/echo', { env: 'prod' }))).toBe('policy-denied')
    expect((await trial.call('tools/echo', { env: 'test' })).status).toBe(200)
    expect((await trial.call('tools/echo', {})).status).toBe(200)
    expect(trial.server.executions).toEqual({ echo: 2 })
  })

  test('policies see the run of a call: its earlier calls', async () => {
    trial = await startTrial('policies:\n  short: { when: run.calls >= 2, then: deny }\n')
    const inRun = (run: string) => running().call('tools/echo', {}, { headers: { 'x-gatehouse-run': run } })
    expect([
      (await inRun('a')).status,
      (await inRun('a')).status,
      (await inRun('a')).status,
      (await inRun('b')).status,
    ]).toEqual([200, 200, 403, 200])
  })

  test('a tool that policies always deny is not listed; one whose denial depends on the call is', async () => {
    trial = await startTrial(`teams:
  testers: { allow: { tools: ["tools/*"] }, deny: { tools: ["tools/cut"] } }
policies:
  no-hang: { for: [tools], when: resource.name == "tools/hang", then: deny }
  by-argument: { for: [tools], when: has(operation.arguments.env), then: deny }
  asks: { for: [tools], when: resource.name == "tools/fail", then: ask }
`)
    const { gatehouse } = trial
    const listed = await fetch(`${gatehouse.url}/trial/tools?tools=echo,cut,hang,fail`, {
      headers: { authorization: `Bearer ${testerKey}` },
    })
    expect(await listed.json()).toEqual(['echo', 'fail'])
    for (const [tool, code] of [
      ['cut', 'unknown-tool'],
      ['hang', 'policy-denied'],
      ['fail', 'approval-needed'],
    ] as const)
      expect(await codeOf(await trial.call(`tools/${tool}`, {}))).toBe(code)
    expect(trial.server.executions).toEqual({})
  })
})

test('a model that a policy denies is in no model list of any dialect; one that needs approval is', async () => {
  trial = await startTrial(`providers:
  demo: { kind: demo }
  inside: { kind: demo, traits: [inside] }
models:
  open: demo/echo
  closed: demo/echo
  asked: demo/echo
  elsewhere: demo/echo
policies:
  closed: { for: [models], when: resource.name == "closed", then: deny }
  asked: { for: [models], when: resource.name == "asked", then: ask }
  inside: { for: [models], when: resource.name == "elsewhere", then: { only: { traits: [inside] } } }
  by-content: { for: [models], when: size(operation.media) > 0, then: deny }
`)
  const { url } = trial.gatehouse
  const ids = async (path: string, headers: Record<string, string>) => {
    const text = await (await fetch(`${url}${path}`, { headers })).text()
    return ['open', 'closed', 'asked', 'elsewhere'].filter(
      (name) => text.includes(`"${name}"`) || text.includes(`"models/${name}"`),
    )
  }
  const shown = ['open', 'asked']
  expect(await ids('/v1/models', { authorization: `Bearer ${testerKey}` })).toEqual(shown)
  expect(await ids('/v1/models', { 'x-api-key': testerKey, 'anthropic-version': '2023-06-01' })).toEqual(
    shown,
  )
  expect(await ids('/v1beta/models', { 'x-goog-api-key': testerKey })).toEqual(shown)
  // and administrators see the rule
  const explained = async (model: string) =>
    (await running().gatehouse.admin(`/explain?key=tester&model=${model}`)).body
  expect(await explained('closed')).toMatchObject({
    isAllowed: false,
    decidedBy: 'policies.closed',
    targets: [],
    fix: 'change policies.closed',
  })
  expect(await explained('elsewhere')).toMatchObject({ isAllowed: false, decidedBy: 'policies.inside' })
  expect(await explained('asked')).toMatchObject({ isAllowed: true, targets: ['demo/echo'] })
  expect(
    ((await explained('asked')) as Explanation).reasons
      .map(({ rule, effect }) => `${rule} ${effect}`)
      .slice(-2),
  ).toEqual(['policies.by-content depends', 'policies.asked ask'])
})

describe('a tool never gets a placeholder', () => {
  const mail = { text: 'assign to ann@example.com' }

  test('a value that is hidden from models refuses the tool call, and nothing is sent', async () => {
    trial = await startTrial('guards:\n  personal-data: { kind: pii, action: restore }\n')
    const error = await errorOf(await trial.call('tools/echo', mail))
    expect(error.data.code).toBe('placeholder-in-arguments')
    expect(error.message).not.toContain('ann@')
    expect(trial.server.received).toEqual([])
  })

  test('a hidden value reaches the tool if the rule restores it', async () => {
    trial = await startTrial(
      'guards:\n  personal-data: { kind: pii, action: restore, restoreIn: [arguments] }\n',
    )
    const response = await trial.call('tools/echo', mail)
    expect(await response.json()).toBe(mail.text)
    expect(trial.server.received).toEqual([mail])
    expect(await trial.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      policies: [{ name: 'personal-data', effect: 'restore' }],
    })
  })

  test('a guard for upstream texts reads results, not arguments', async () => {
    trial = await startTrial('guards:\n  leaks: { kind: pii, from: [upstream], action: redact }\n')
    expect(await (await trial.call('tools/echo', mail)).json()).toBe('assign to [email]')
    expect(trial.server.received).toEqual([mail])
  })
})

describe('a call that needs an approval', () => {
  const asking = `policies:
  writes: { for: [tools], when: resource.name == "tools/echo", then: { ask: "Somebody must see this first." } }
`
  const waiting = async (state = 'pending') =>
    ((await running().gatehouse.admin(`/approvals?state=${state}`)).body as { approvals: ApprovalView[] })
      .approvals
  const decide = (id: string | undefined, decision: string, note?: string) =>
    running().gatehouse.admin(`/approvals/${id}`, {
      method: 'POST',
      body: JSON.stringify({ decision, ...(note && { note }) }),
    })

  test('a call that needs an approval ends with its name, uses no slot, and passes once when it was approved', async () => {
    trial = await startTrial(
      `${asking}teams:\n  testers: { allow: { tools: ["*/*"] }, limits: { concurrent: 1 } }\n`,
    )
    const values = { text: 'hello', count: 3 }
    const first = await trial.call('tools/echo', values)
    expect(first.status).toBe(403)
    const [approval] = await waiting()
    const { message, data } = await errorOf(first)
    expect(data.code).toBe('approval-needed')
    expect(message).toContain('Somebody must see this first.')
    expect(message).toContain(approval?.id ?? 'none')
    // the same call with another argument order; another call is another approval
    expect((await errorOf(await trial.call('tools/echo', { count: 3, text: 'hello' }))).message).toContain(
      approval?.id ?? 'none',
    )
    expect((await errorOf(await trial.call('tools/echo', { text: 'other' }))).message).not.toContain(
      approval?.id ?? 'none',
    )
    expect(await waiting()).toHaveLength(2)
    expect((await trial.gatehouse.admin(`/approvals/${approval?.id}`)).body).toMatchObject({
      caller: 'key "tester"',
      team: 'testers',
      resource: { kind: 'tool', name: 'tools/echo' },
      targets: ['tools/echo'],
      policies: ['writes'],
      arguments: '{"text":"hello","count":3}',
    })

    expect((await decide(approval?.id, 'approve')).body).toMatchObject({ state: 'approved' })
    const passed = await trial.call('tools/echo', values)
    expect(await passed.json()).toBe('hello')
    expect(await trial.gatehouse.record(passed.headers.get('x-gatehouse-exchange'))).toMatchObject({
      approval: approval?.id,
      outcome: 'ok',
    })
    expect(await waiting('used')).toMatchObject([
      { id: approval?.id, usedBy: passed.headers.get('x-gatehouse-exchange') },
    ])
    expect(await codeOf(await trial.call('tools/echo', values))).toBe('approval-needed')
    expect(trial.server.executions).toEqual({ echo: 1 })
  })

  test('an approval is bound to its caller, its run, and its arguments', async () => {
    const secondKey = 'gh_second-key-that-is-no-secret-0123456789'
    trial = await startTrial(`${asking}keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  second: { team: testers, secret: "${secondKey}" }
`)
    const inRun = { headers: { 'x-gatehouse-run': 'a' } }
    await trial.call('tools/echo', { text: 'x' }, inRun)
    const [approval] = await waiting()
    await decide(approval?.id, 'approve')
    for (const init of [{}, { headers: { 'x-gatehouse-run': 'b' } }, { ...inRun, key: secondKey }])
      expect(await codeOf(await trial.call('tools/echo', { text: 'x' }, init))).toBe('approval-needed')
    expect(await codeOf(await trial.call('tools/echo', { text: 'y' }, inRun))).toBe('approval-needed')
    expect((await trial.call('tools/echo', { text: 'x' }, inRun)).status).toBe(200)
    // if the client named no run, the caller still counts
    await decide(
      (await waiting()).find(({ run, caller }) => run === undefined && caller.includes('tester'))?.id,
      'approve',
    )
    expect(await codeOf(await trial.call('tools/echo', { text: 'x' }, { key: secondKey }))).toBe(
      'approval-needed',
    )
    expect((await trial.call('tools/echo', { text: 'x' })).status).toBe(200)
    expect(trial.server.executions).toEqual({ echo: 2 })
  })

  test('of two concurrent calls with one approval, one passes', async () => {
    trial = await startTrial(asking)
    await trial.call('tools/echo', { text: 'x' })
    await decide((await waiting())[0]?.id, 'approve')
    const statuses = await Promise.all(
      Array.from({ length: 5 }, async () => (await running().call('tools/echo', { text: 'x' })).status),
    )
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 403, 403, 403, 403])
    expect(trial.server.executions).toEqual({ echo: 1 })
  })

  test('a call keeps its approval if nothing was sent, and loses it if something was', async () => {
    const policies = 'policies:\n  writes: { for: [tools], when: "true", then: ask }\n'
    trial = await startTrial(`prices:\n  "tools/*": free\n${policies}`)
    const { gatehouse, server } = trial
    await trial.call('tools/cut', {})
    const [cut] = await waiting()
    await decide(cut?.id, 'approve')
    expect((await trial.call('tools/cut', {})).status).toBeGreaterThanOrEqual(500)
    expect(await codeOf(await trial.call('tools/cut', {}))).toBe('approval-needed')
    expect(server.executions['cut']).toBe(1)

    await trial.call('tools/echo', { text: 'x' })
    const echo = (await waiting()).find(({ resource }) => resource.name === 'tools/echo')
    await decide(echo?.id, 'approve')
    await server.stop()
    expect((await trial.call('tools/echo', { text: 'x' })).status).toBe(502)
    expect(await waiting('approved')).toMatchObject([{ id: echo?.id }])
    expect(
      (await gatehouse.find(({ approval, code }) => approval === echo?.id && code === 'upstream-unreachable'))
        .outcome,
    ).toBe('failed')
  })

  test('a denied call gets the denial with the note', async () => {
    trial = await startTrial(asking)
    await trial.call('tools/echo', { text: 'x' })
    await decide((await waiting())[0]?.id, 'deny', 'not today')
    const error = await errorOf(await trial.call('tools/echo', { text: 'x' }))
    expect([error.data.code, error.message.includes('not today')]).toEqual(['policy-denied', true])
  })

  test('a request for approval waits a day, and an approval is valid for an hour', async () => {
    const clock = createFakeClock()
    trial = await startTrial(asking, { clock })
    await trial.call('tools/echo', { text: 'x' })
    const [old] = await waiting()
    clock.advance(24 * 3_600_000)
    expect((await decide(old?.id, 'approve')).status).toBe(409)
    await trial.call('tools/echo', { text: 'x' })
    await decide((await waiting())[0]?.id, 'approve')
    clock.advance(3_600_000)
    expect(await codeOf(await trial.call('tools/echo', { text: 'x' }))).toBe('approval-needed')
    expect(trial.server.executions).toEqual({})
    // a day has many timers
  }, 30_000)

  test('the approval of a model call compares numbers as written and ignores key order and whitespace', async () => {
    trial = await startTrial(
      'providers:\n  demo: { kind: demo }\npolicies:\n  all: { for: [models], when: "true", then: ask }\n',
    )
    const { gatehouse } = trial
    const body = (seed: string) =>
      `{"model":"demo/echo","messages":[{"role":"user","content":"hi"}],"seed":${seed}}`
    const refused = await gatehouse.chat(body('9007199254740992'))
    expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
      403,
      'approval_needed',
    ])
    const [approval] = await waiting()
    expect(approval).toMatchObject({ kind: 'model.generate', targets: ['demo/echo'] })
    await decide(approval?.id, 'approve')
    expect((await gatehouse.chat(body('9007199254740993'))).status).toBe(403)
    expect(
      (
        await gatehouse.chat(
          `{"seed":9007199254740992, "seed":9007199254740992,${body('9007199254740992').slice(1)}`,
        )
      ).status,
    ).not.toBe(200)
    const reordered =
      '{ "seed": 9007199254740992, "messages": [{"content":"h\\u0069","role":"user"}],\n"model": "demo/echo" }'
    expect((await gatehouse.chat(reordered)).status).toBe(200)
    expect((await gatehouse.chat(reordered)).status).toBe(403)
  })

  test('a call that needs an approval is refused in the format of each dialect, with the approval in its message', async () => {
    trial = await startTrial(
      'providers:\n  demo: { kind: demo }\npolicies:\n  all: { for: [models], when: "true", then: ask }\n',
    )
    const { url } = trial.gatehouse
    const ask = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${testerKey}`, 'content-type': 'application/json' }
      const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
      return [response.status, await response.json()]
    }
    const messages = [{ role: 'user', content: 'hi' }]
    const message = expect.stringMatching(/Approval apr_[0-9a-f-]{36} waits .*\(approval-needed\)/)
    expect(await ask('/v1/messages', { model: 'demo/echo', max_tokens: 9, messages })).toMatchObject([
      403,
      { type: 'error', error: { type: 'permission_error', message } },
    ])
    expect(await ask('/v1/responses', { model: 'demo/echo', input: 'hi' })).toMatchObject([
      403,
      { error: { code: 'approval_needed', message } },
    ])
    const contents = [{ role: 'user', parts: [{ text: 'hi' }] }]
    expect(await ask('/v1beta/models/demo%2Fecho:generateContent', { contents })).toMatchObject([
      403,
      { error: { status: 'PERMISSION_DENIED', message } },
    ])
    expect(await waiting()).toHaveLength(3)
  })

  test('a call that needs an approval leaves no readable argument on the disk', async () => {
    trial = await startTrial(asking)
    await trial.call('tools/echo', { text: 'a-word-of-the-arguments' })
    expect(await waiting()).toHaveLength(1)
    const { folder } = trial.gatehouse
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    const all = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')).join('')
    expect(all).toContain('apr_')
    expect(all).not.toContain('a-word-of-the-arguments')
    expect(trial.gatehouse.log.join('')).not.toContain('a-word-of-the-arguments')
  })
})
