// The file is edited while the gateway runs: which edits take effect, when, and their effect on running
// calls.

import { expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import type { Configuration } from '../../src/contract/admin-api.ts'
import { run } from '../cli/command.ts'
import { completed, type Gatehouse } from '../journeys/gateway.ts'
import { said, scenes } from '../journeys/scene.ts'
import { behave, chat, type FakeProvider, type ManualAnswer } from '../upstreams/index.ts'
import { budgetsOf, chargedBy, spentBy } from './money.ts'
import { eventually, readAll } from './process.ts'

const { provider: newProvider, start } = scenes()

const rulesFor = (provider: FakeProvider, more = '') => `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
${more}`

const request = { model: 'fast', max_tokens: 50, messages: said('Hi') }
const events = chat.stream(['Hel', 'lo']).split(/(?<=\n\n)/)

async function scene(more = '') {
  const provider = await newProvider()
  const { gatehouse } = await start({ config: rulesFor(provider, more) })
  return { provider, gatehouse, rules: rulesFor(provider, more) }
}

const inForce = async (gatehouse: Gatehouse) =>
  (await gatehouse.admin('/configuration')).body as Configuration

/** Edits the file as a user would, and waits until the gateway has noticed by itself. */
async function edit(gatehouse: Gatehouse, rules: string): Promise<Configuration> {
  const before = await inForce(gatehouse)
  writeFileSync(gatehouse.configPath, completed(rules))
  return eventually('the edit is noticed', async () => {
    const now = await inForce(gatehouse)
    return (
      (now.version !== before.version ||
        now.since !== before.since ||
        now.rejectedAt !== before.rejectedAt) &&
      now
    )
  })
}

/** A stream that has started to reach its caller. */
async function streaming(
  gatehouse: Gatehouse,
  provider: FakeProvider,
  init: Parameters<Gatehouse['chat']>[1] = {},
) {
  const received = behave.manual()
  provider.next(received)
  const calling = gatehouse.chat({ ...request, stream: true }, init)
  await received.started
  received.head(200, { 'content-type': 'text/event-stream' })
  received.push(events.slice(0, 2).join(''))
  const response = await calling
  return {
    answer: received,
    exchange: response.headers.get('x-gatehouse-exchange'),
    reading: readAll(response),
  }
}

const finish = (received: ManualAnswer) => {
  for (const event of events.slice(2)) received.push(event)
  received.end()
}

test('a model that is added to the file can be called and is listed', async () => {
  const { gatehouse, rules } = await scene()
  expect((await gatehouse.chat({ ...request, model: 'slow' })).status).toBe(404)
  await edit(gatehouse, rules.replace('models:\n', 'models:\n  slow: fake/fake-model\n'))
  expect((await gatehouse.chat({ ...request, model: 'slow' })).status).toBe(200)
  const listed = (await (
    await fetch(`${gatehouse.url}/v1/models`, { headers: { authorization: `Bearer ${gatehouse.key}` } })
  ).json()) as {
    data: { id: string }[]
  }
  expect(listed.data.map(({ id }) => id)).toContain('slow')
})

test('a key that is removed from the file ends its own running call and no other', async () => {
  const keys =
    'keys:\n  tester: { team: testers, secret: "${TESTER_KEY}" }\n  leaver: { team: testers, secret: gh_leaver-0123456789abcdef }\n'
  const { gatehouse, provider, rules } = await scene(keys)
  const leaver = await streaming(gatehouse, provider, { key: 'gh_leaver-0123456789abcdef' })
  const stayer = await streaming(gatehouse, provider)
  await edit(gatehouse, rules.replace(/ {2}leaver.*\n/, ''))
  const ended = await leaver.reading
  expect(ended.text).toStartWith(events.slice(0, 2).join(''))
  expect(ended.text).toContain('revoked')
  expect(ended.text).not.toContain('[DONE]')
  await leaver.answer.closed
  expect(await gatehouse.record(leaver.exchange)).toMatchObject({ key: 'leaver', code: 'revoked' })
  finish(stayer.answer)
  expect(await stayer.reading).toEqual({ text: events.join(''), isWhole: true })
  expect((await gatehouse.chat(request, { key: 'gh_leaver-0123456789abcdef' })).status).toBe(401)
})

test('a file key that an administrator revoked stays revoked, also when the file removes it and adds it again', async () => {
  const secret = 'gh_aaaabbbbccccddddeeeeffffgggghhhh'
  const { gatehouse, rules } = await scene()
  const withKey = (value: string) => `${rules}keys:\n  guest: { team: testers, secret: ${value} }\n`
  const status = async () => (await gatehouse.chat(request, { key: secret })).status
  await edit(gatehouse, withKey(secret))
  expect(await status()).toBe(200)
  expect((await gatehouse.admin('/keys/guest/revoke', { method: 'POST' })).status).toBe(200)
  expect(await status()).toBe(401)
  await edit(gatehouse, rules)
  await edit(gatehouse, withKey(secret))
  expect(await status()).toBe(401)
  // under another name it is the same secret
  await edit(gatehouse, withKey(secret).replace('guest:', 'visitor:'))
  expect(await status()).toBe(401)
  // a new secret is a new key
  await edit(gatehouse, withKey(secret.replace('aaaa', 'zzzz')))
  expect((await gatehouse.chat(request, { key: secret.replace('aaaa', 'zzzz') })).status).toBe(200)
})

test('a broken edit changes nothing and is reported with its line until it is fixed', async () => {
  const { gatehouse, rules } = await scene()
  const readyz = async () => {
    const response = await fetch(`${gatehouse.url}/readyz`)
    return { status: response.status, ...((await response.json()) as { warnings: string[] }) }
  }
  const before = await inForce(gatehouse)
  await edit(gatehouse, rules.replace('targets:', 'tragets:'))
  expect((await gatehouse.chat(request)).status).toBe(200)
  expect(await readyz()).toMatchObject({
    status: 200,
    warnings: [
      `configuration: the last edit has mistakes (gatehouse config show); version ${before.version} stays active`,
    ],
  })
  const shown = await run(['config', 'show'], {
    url: gatehouse.url,
    env: { GATEHOUSE_ADMIN_KEY: gatehouse.adminKey },
  })
  expect(shown).toMatchObject({ code: 0 })
  expect(shown.stdout).toMatch(/gatehouse\.yaml:8:\d+ error: .*tragets/)
  expect(shown.stdout).toContain('did you mean "targets"?')
  expect(shown.stdout).toContain(before.version)

  const mended = await edit(gatehouse, rules)
  expect(mended).toMatchObject({ version: before.version })
  expect(mended.rejectedAt).toBeUndefined()
  expect((await readyz()).warnings).toEqual([])
})

test('a provider that is removed during a stream finishes it; the next call uses another provider', async () => {
  const { gatehouse, provider } = await scene()
  const other = await newProvider()
  const running = await streaming(gatehouse, provider)
  await edit(gatehouse, rulesFor(other).replaceAll('fake', 'other').replace('other-model', 'fake-model'))
  finish(running.answer)
  expect(await running.reading).toEqual({ text: events.join(''), isWhole: true })
  expect(await gatehouse.record(running.exchange)).toMatchObject({
    outcome: 'ok',
    target: 'fake/fake-model',
    costNano: expect.any(String),
  })
  const next = await gatehouse.chat(request)
  expect(next.status).toBe(200)
  expect(next.headers.get('x-gatehouse-target')).toBe('other/fake-model')
})

test('a lowered budget refuses and a raised one admits as soon as the reload has responded', async () => {
  const { gatehouse, rules } = await scene(
    'teams: { testers: { allow: { models: ["*"] }, budgets: [ { amount: 1, per: total } ] } }\n',
  )
  const outcome = async (amount: string) => {
    writeFileSync(gatehouse.configPath, completed(rules.replace('amount: 1,', `amount: ${amount},`)))
    expect((await gatehouse.admin('/configuration/reload', { method: 'POST' })).status).toBe(200)
    return (await gatehouse.chat(request)).status
  }
  expect((await gatehouse.chat(request)).status).toBe(200)
  // below the maximum cost of a call, which is 100 µ$ for its output alone
  expect(await outcome('0.00005')).toBe(429)
  expect(await outcome('2')).toBe(200)
  expect(await outcome('0.00005')).toBe(429)
  expect(await outcome('0.001')).toBe(200)
  await eventually('what was spent adds up', async () => {
    const { body } = await gatehouse.admin('/records?limit=200')
    const { records } = body as { records: Parameters<typeof chargedBy>[0] }
    const spent = spentBy(await budgetsOf(gatehouse))
    return (
      records.length === 5 &&
      Bun.deepEquals(spent, chargedBy(records)) &&
      spent['team/testers/total/usd'] === 75_000n
    )
  })
})

test('an added guard applies to the next call and not to the running one', async () => {
  const { gatehouse, provider, rules } = await scene()
  const running = await streaming(gatehouse, provider)
  await edit(
    gatehouse,
    `${rules}guards:\n  words: { kind: patterns, on: [request, response], action: block, options: { words: [ Hello ] } }\n`,
  )
  finish(running.answer)
  expect(await running.reading).toEqual({ text: events.join(''), isWhole: true })
  provider.next(behave.sse(events.join('')))
  const { text } = await readAll(await gatehouse.chat({ ...request, stream: true }))
  expect(text).toContain('content_filter')
  expect(text).not.toContain('"lo"')
  expect((await gatehouse.chat({ ...request, messages: said('Hello') })).status).toBe(400)
})

test('placeholders of a run are still known after an edit: no tool is called with one', async () => {
  const guards = 'guards:\n  hides: { kind: pii, on: [request], action: restore }\n'
  const { gatehouse, provider, rules } = await scene(guards)
  const headers = { 'x-gatehouse-run': 'agent-7' }
  const call = { id: 'call_1', type: 'function', function: { name: 'send', arguments: '{"to":"<EMAIL_1>"}' } }
  const received = chat.completion('Dear <EMAIL_1>')
  provider.next(
    behave.json(received),
    behave.json({
      ...received,
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: { role: 'assistant', content: null, tool_calls: [call] },
        },
      ],
    }),
  )
  const first = await gatehouse.chat({ ...request, messages: said('Write to ann@example.com') }, { headers })
  expect(await first.text()).toContain('ann@example.com')
  const { rejectedAt } = await edit(
    gatehouse,
    rules.replace('models:', 'models:\n  quick: { targets: [fake/fake-model] }'),
  )
  expect(rejectedAt).toBeUndefined()
  const second = await gatehouse.chat(
    { ...request, messages: said('Go on with https://a.example/?q=<EMAIL_1>') },
    { headers },
  )
  expect(((await second.json()) as { error: { code: string } }).error.code).toBe('placeholder_in_arguments')
})
