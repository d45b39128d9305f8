// Guards and policies on requests: the provider sees what the rules allow, the record has the findings, and
// no text is kept.

import { expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import OpenAI, { APIError } from 'openai'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { chatsOf, said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes()

interface Stage extends Scene {
  outside: FakeProvider
  inside: FakeProvider
}

/** Two providers; only one of them is internal. */
async function stage(rules: string): Promise<Stage> {
  const outside = await newProvider()
  const inside = await newProvider()
  const price = 'price: { input: 1, output: 2 }'
  const config = `providers:
  outside: { kind: openai-compatible, url: "${outside.url}", key: sk-outside }
  inside: { kind: openai-compatible, url: "${inside.url}", key: sk-inside, traits: [ house ] }
models:
  fast: { targets: [ { target: outside/fake-model, ${price} }, { target: inside/fake-model, ${price} } ], retry: { attempts: 1 } }
${rules}`
  return { ...(await start({ config })), outside, inside }
}

const ask = async (
  { client, gatehouse }: Stage,
  messages: OpenAI.ChatCompletionMessageParam[],
  more: object = {},
) => {
  const { data, response } = await client()
    .chat.completions.create({ model: 'fast', messages, ...more })
    .withResponse()
  const record = () => gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  return { text: data.choices[0]?.message.content ?? '', record }
}

async function refusedWith(
  { gatehouse }: Stage,
  asking: Promise<unknown>,
): Promise<{ error: APIError; record: ExchangeRecord }> {
  const error = await thrownBy(asking)
  if (!(error instanceof APIError)) throw error
  return { error, record: await gatehouse.record(error.headers?.get('x-gatehouse-exchange') ?? null) }
}

const create = ({ client }: Stage, text: string, more: object = {}) =>
  client().chat.completions.create({ model: 'fast', messages: said(text), ...more })

test('personal data in every part of a request is hidden from the provider and restored in the response', async () => {
  const one = await stage('guards:\n  personal: { kind: pii, action: restore }')
  one.outside.next(
    behave.json(chat.completion('Wrote to <EMAIL_1>; the account <IBAN_1> is right. <EMAIL_2> is nobody.')),
  )
  const { text, record } = await ask(one, [
    { role: 'system', content: 'You serve ann@example.com.' },
    {
      role: 'user',
      content: [{ type: 'text', text: 'Pay DE89 3704 0044 0532 0130 00 for ann@example.com' }],
    },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'c', type: 'function', function: { name: 'mail', arguments: '{"to":"ann@example.com"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c', content: 'sent to ann@example.com' },
  ])
  const [sent] = chatsOf(one.outside)
  expect(sent?.text()).not.toContain('ann@example.com')
  expect(sent?.text()).not.toContain('3704')
  expect(sent?.json().messages).toEqual([
    { role: 'system', content: 'You serve <EMAIL_1>.' },
    { role: 'user', content: [{ type: 'text', text: 'Pay <IBAN_1> for <EMAIL_1>' }] },
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'c', type: 'function', function: { name: 'mail', arguments: '{"to":"<EMAIL_1>"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'c', content: 'sent to <EMAIL_1>' },
  ])
  expect(text).toBe(
    'Wrote to ann@example.com; the account DE89 3704 0044 0532 0130 00 is right. <EMAIL_2> is nobody.',
  )
  const written = await record()
  expect(written).toMatchObject({
    findings: { request: { 'pii/email': 4, 'pii/iban': 1 } },
    isRedacted: true,
    policies: [{ name: 'personal', effect: 'restore' }],
  })
  expect(JSON.stringify(written)).not.toContain('ann@')
})

test('personal data is found in every place of a request: labels, predictions, tools, object arguments', async () => {
  const one = await stage(
    'guards:\n  personal: { kind: pii, on: [request], action: redact, options: { entities: [email] } }',
  )
  const mail = 'ann@example.com'
  const body = {
    model: 'fast',
    user: mail,
    safety_identifier: mail,
    metadata: { customer: mail, plan: 'gold' },
    prediction: { type: 'content', content: [{ type: 'text', text: mail }] },
    tools: [
      {
        type: 'function',
        function: { name: 'mail', description: `Writes to ${mail}`, parameters: { type: 'object' } },
      },
    ],
    messages: [
      { role: 'developer', content: mail },
      { role: 'user', content: [{ type: 'text', text: mail }] },
      {
        role: 'assistant',
        refusal: mail,
        tool_calls: [
          { id: 'c', type: 'function', function: { name: 'mail', arguments: { to: [mail], n: 1 } } },
        ],
      },
      { role: 'tool', tool_call_id: 'c', content: [{ type: 'text', text: mail }] },
    ],
  }
  const response = await one.gatehouse.chat(body)
  expect(response.status).toBe(200)
  const [sent] = chatsOf(one.outside)
  expect(sent?.json()).toEqual({
    ...JSON.parse(JSON.stringify(body).replaceAll(mail, '[email]')),
    model: 'fake-model',
  })
  const record = await one.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  expect(record.findings).toEqual({ request: { 'pii/email': 10 } })
})

test('redacted text is not restored: the response has the mask that the provider saw', async () => {
  const one = await stage('guards:\n  personal: { kind: pii, on: [request], action: redact }')
  one.outside.next(behave.json(chat.completion('I will write to [email].')))
  const { text } = await ask(one, said('Write to ann@example.com'))
  expect(chatsOf(one.outside)[0]?.json().messages[0].content).toBe('Write to [email]')
  expect(text).toBe('I will write to [email].')
})

test('a record keeps names, counts and kinds that policies saw, for a replay; without a policy it keeps nothing', async () => {
  const one = await stage(`policies:
  noted: { when: 'operation.tools.size() > 99', then: flag }`)
  const tools = Array.from({ length: 70 }, (_, index) => ({
    type: 'function' as const,
    function: { name: `tool_${index}`, parameters: {} },
  }))
  one.outside.next(behave.json(chat.completion('Hello')))
  const response = await one.gatehouse.chat({
    model: 'fast',
    max_tokens: 20,
    messages: said('a secret text'),
    tools,
  })
  const record = await one.gatehouse.record(response.headers.get('x-gatehouse-exchange'))
  expect(record).toMatchObject({ direction: 'forward', destination: 'outside', target: 'outside/fake-model' })
  expect(record.facts).toEqual({
    maxOutputTokens: 20,
    tools: tools.slice(0, 64).map((tool) => tool.function.name),
    toolCount: 70,
    traits: [],
    run: {},
  })
  expect(JSON.stringify(record)).not.toContain('secret text')
  const other = await stage('')
  other.outside.next(behave.json(chat.completion('Hello')))
  const plain = await other.gatehouse.chat({ model: 'fast', messages: said('Hi') })
  expect((await other.gatehouse.record(plain.headers.get('x-gatehouse-exchange'))).facts).toBeUndefined()
})

test('redacted text stays redacted when another target is tried', async () => {
  const one = await stage('guards:\n  personal: { kind: pii, on: [request], action: restore }')
  one.outside.next(behave.error(500))
  one.inside.next(behave.json(chat.completion('Dear <EMAIL_1>')))
  const { text, record } = await ask(one, said('Write to ann@example.com'))
  const bodies = [chatsOf(one.outside)[0]?.text(), chatsOf(one.inside)[0]?.text()]
  expect(bodies.map((body) => body?.includes('Write to <EMAIL_1>'))).toEqual([true, true])
  expect(bodies.some((body) => body?.includes('ann@'))).toBe(false)
  expect(text).toBe('Dear ann@example.com')
  expect((await record()).attempts.map(({ target, outcome }) => [target, outcome])).toEqual([
    ['outside/fake-model', 'failed'],
    ['inside/fake-model', 'ok'],
  ])
})

test('a guard that blocks causes a BadRequestError before any provider is called', async () => {
  const one = await stage(
    'guards:\n  secrets: { kind: patterns, on: [request], action: block, options: { patterns: { token: "tok_[a-z]{8}" } } }',
  )
  const { error, record } = await refusedWith(one, create(one, 'my token is tok_abcdefgh'))
  expect(error).toBeInstanceOf(OpenAI.BadRequestError)
  expect(error.code).toBe('content_filter')
  expect(error.message).not.toContain('tok_')
  expect(record).toMatchObject({
    outcome: 'refused',
    code: 'guard-blocked',
    status: 400,
    findings: { request: { 'pattern/token': 1 } },
    attempts: [],
    costNano: '0',
  })
  expect([chatsOf(one.outside), chatsOf(one.inside)]).toEqual([[], []])
  expect((await ask(one, said('no token here'))).text).toBe('Hello from the fake provider.')
})

test('a policy restricts personal data to internal targets, by glob or by trait, and allows all other requests', async () => {
  const one = await stage(`guards:
  personal: { kind: pii, on: [request], options: { entities: [email] } }
  words: { kind: patterns, on: [request], options: { words: [ merger ] } }
policies:
  personal-stays: { when: 'content.has("pii")', then: { only: [ "inside/*" ] } }
  merger-stays: { when: 'content.count("pattern/words") > 0', then: { only: { traits: [ house ] } } }`)
  expect((await (await ask(one, said('Hi'))).record()).target).toBe('outside/fake-model')
  const kept = await (await ask(one, said('Write to ann@example.com'))).record()
  expect(kept).toMatchObject({
    target: 'inside/fake-model',
    policies: [{ name: 'personal-stays', effect: 'only' }],
    findings: { request: { 'pii/email': 1 } },
  })
  expect(kept.attempts).toHaveLength(1)
  expect((await (await ask(one, said('about the merger'))).record()).target).toBe('inside/fake-model')
  // not even as a fallback
  one.inside.next(behave.error(500))
  const { record } = await refusedWith(one, create(one, 'Write to ann@example.com'))
  expect(record.attempts.map(({ target }) => target)).toEqual(['inside/fake-model'])
  expect(chatsOf(one.outside)).toHaveLength(1)
})

test('a call that no target may serve is refused, and the record names the policy', async () => {
  const one = await stage(`policies:
  stays: { when: 'request.address != ""', then: { only: { traits: [ house ] } } }`)
  const { error, record } = await refusedWith(one, create(one, 'Hi', { model: 'outside/fake-model' }))
  expect([error.status, error.code]).toEqual([503, 'no_target'])
  expect(record).toMatchObject({ outcome: 'refused', code: 'no-target', rule: 'policy:stays', attempts: [] })
})

test('a policy that denies reports why; one that flags only notes', async () => {
  const one = await stage(`policies:
  no-tools: { when: 'size(operation.tools) > 0 && subject.team == "testers"', then: { deny: Tools are not for testers. } }
  long: { when: 'operation.maxOutputTokens > 1000', then: flag }`)
  const tools = [{ type: 'function', function: { name: 'x', parameters: {} } }]
  const { error, record } = await refusedWith(one, create(one, 'Hi', { tools }))
  expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError)
  expect(error.message).toContain('Tools are not for testers.')
  expect(record).toMatchObject({
    outcome: 'refused',
    code: 'policy-denied',
    policies: [{ name: 'no-tools', effect: 'deny' }],
    attempts: [],
  })
  const flagged = await (await ask(one, said('Hi'), { max_tokens: 2000 })).record()
  expect(flagged).toMatchObject({ outcome: 'ok', policies: [{ name: 'long', effect: 'flag' }] })
  expect((await (await ask(one, said('Hi'), { max_tokens: 10 })).record()).policies).toBeUndefined()
})

test('the stricter of two policies for one text applies: redacted text is not restored', async () => {
  const one = await stage(`guards:
  personal: { kind: pii, on: [request], options: { entities: [email] } }
policies:
  give-back: { when: 'content.has("pii")', then: { restore: [ pii ] } }
  take-out: { when: 'content.has("pii/email")', then: { redact: [ pii/email ] } }`)
  one.outside.next(behave.json(chat.completion('Done: [email] <EMAIL_1>')))
  const { text } = await ask(one, said('Write to ann@example.com'))
  expect(chatsOf(one.outside)[0]?.json().messages[0].content).toBe('Write to [email]')
  expect(text).toBe('Done: [email] <EMAIL_1>')
})

test('log, journal, store and records have no text of a call, whatever was found in it', async () => {
  const one = await stage(`guards:
  personal: { kind: pii, action: restore }
  secrets: { kind: patterns, action: block, options: { words: [ xylophonist ] } }`)
  one.outside.next(behave.json(chat.completion('Of course, planted-answer-text, <EMAIL_1>')))
  await (await ask(one, said('planted-question-text for planted@example.com'))).record()
  await refusedWith(one, create(one, 'planted-blocked-text of the xylophonist'))
  one.outside.next(behave.error(400, { message: 'planted-error-text was refused' }))
  await refusedWith(one, create(one, 'planted-question-text again'))
  await one.gatehouse.records(3)
  const kept = filesBelow(one.gatehouse.folder).map((path) => readFileSync(path, 'latin1'))
  const { body } = await one.gatehouse.admin('/records?limit=50')
  for (const text of [...kept, one.gatehouse.log.join(''), JSON.stringify(body)])
    expect(/planted|xylophonist(?! \])/.exec(withoutRules(text))?.[0]).toBeUndefined()
  expect(kept.join('')).toContain('pii/email')
})

/** The rules themselves contain the word. */
const withoutRules = (text: string) => text.replaceAll(/words.{0,6}\[[^\]]*\]/g, '')

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? filesBelow(path) : [path]
  })
}
