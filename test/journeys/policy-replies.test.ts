// Policies on the response: with the findings of guards, whole or streamed, for each choice separately.

import { expect, test } from 'bun:test'
import OpenAI from 'openai'
import { behave, chat, type FakeProvider } from '../upstreams/index.ts'
import { said, type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes()

async function stage(rules: string): Promise<Scene & { provider: FakeProvider }> {
  const provider = await newProvider()
  const config = `providers:
  fake: { kind: openai-compatible, url: "${provider.url}", key: sk-upstream }
models:
  fast: { targets: [ { target: fake/fake-model, price: { input: 1, output: 2 } } ], retry: { attempts: 1 } }
guards:
  personal: { kind: pii, on: [response], options: { entities: [email] } }
policies:
${rules}`
  return { ...(await start({ config })), provider }
}

const letters = (text: string) => [...text]
const ask = ({ client }: Scene, stream: boolean) =>
  client().chat.completions.create({ model: 'fast', messages: said('Hi'), stream })

async function streamed(one: Scene): Promise<{ texts: string[]; error: unknown }> {
  const texts: string[] = []
  let error: unknown
  try {
    for await (const chunk of (await ask(one, true)) as AsyncIterable<OpenAI.ChatCompletionChunk>)
      for (const choice of chunk.choices)
        texts[choice.index] = (texts[choice.index] ?? '') + (choice.delta.content ?? '')
  } catch (thrown) {
    error = thrown
  }
  return { texts, error }
}

test('a response that a policy denies is refused if whole, and ends before the matched text if streamed', async () => {
  const one = await stage(
    `  no-addresses: { on: [response], when: 'content.has("pii/email")', then: { deny: Addresses stay here. } }`,
  )
  one.provider.next(behave.json(chat.completion('Ask ann@example.com')))
  const refused = await thrownBy(ask(one, false))
  expect(refused).toBeInstanceOf(OpenAI.PermissionDeniedError)
  expect(refused).toMatchObject({
    code: 'policy_denied',
    message: expect.stringContaining('Addresses stay here.'),
  })

  one.provider.next(behave.sse(chat.stream(letters('Ask ann@example.com about it'))))
  const { texts, error } = await streamed(one)
  expect(error).toMatchObject({ code: 'policy_denied' })
  expect('Ask ').toStartWith(texts[0] ?? '')
  for (const record of await one.gatehouse.records(2))
    expect(record).toMatchObject({
      outcome: 'refused',
      code: 'policy-denied',
      policies: [{ name: 'no-addresses', effect: 'deny' }],
    })

  one.provider.next(behave.sse(chat.stream(letters('Ask nobody'))))
  expect(await streamed(one)).toEqual({ texts: ['Ask nobody'], error: undefined })
})

test('a response that a policy redacts is masked in every choice, and fields that repeat it are removed', async () => {
  const one = await stage(
    `  no-addresses: { on: [response], when: 'content.has("pii")', then: { redact: [ pii ] } }`,
  )
  const chunk = (index: number, content: string) =>
    chat.event({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [
        {
          index,
          delta: { content },
          logprobs: { content: [{ token: content, logprob: -1, bytes: null, top_logprobs: [] }] },
          finish_reason: null,
        },
      ],
    })
  const end = (index: number) =>
    chat.event({
      id: 'c',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'm',
      choices: [{ index, delta: {}, finish_reason: 'stop' }],
    })
  const [first, second] = [letters('Ask ann@example.com now'), letters('Or bob@example.com, ok')]
  const interleaved = first.map(
    (letter, at) => chunk(0, letter) + (second[at] === undefined ? '' : chunk(1, second[at])),
  )
  one.provider.next(behave.sse(`${interleaved.join('')}${end(0)}${end(1)}data: [DONE]\n\n`))
  const response = await one.gatehouse.chat({
    model: 'fast',
    messages: said('Hi'),
    n: 2,
    logprobs: true,
    stream: true,
  })
  const body = await response.text()
  const texts = ['', '']
  let tokens = ''
  for (const [, data] of body.matchAll(/^data: (\{.*)$/gm)) {
    for (const choice of JSON.parse(data ?? '').choices) {
      texts[choice.index] += choice.delta.content ?? ''
      tokens += choice.index === 0 ? (choice.logprobs?.content[0].token ?? '') : ''
    }
  }
  expect(texts).toEqual(['Ask [email] now', 'Or [email], ok'])
  expect(tokens).not.toContain('ann')
  expect(tokens).toStartWith('Ask ')

  const logprobs = {
    content: [{ token: 'ann@example.com', logprob: -1, bytes: null, top_logprobs: [] }],
    refusal: null,
  }
  one.provider.next(
    behave.json({
      ...chat.completion(''),
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Ask ann@example.com' },
          logprobs,
          finish_reason: 'stop',
        },
      ],
    }),
  )
  const whole = await (
    await one.gatehouse.chat({ model: 'fast', messages: said('Hi'), logprobs: true })
  ).text()
  expect(whole).toContain('Ask [email]')
  expect(whole).not.toContain('ann@')
})

test('a policy that only flags passes the response unchanged', async () => {
  const one = await stage(`  noted: { on: [response], when: 'content.count("pii/email") > 1', then: flag }`)
  one.provider.next(behave.sse(chat.stream(letters('ann@example.com, bob@example.com.'))))
  expect((await streamed(one)).texts).toEqual(['ann@example.com, bob@example.com.'])
  expect(await one.gatehouse.records(1)).toMatchObject([
    {
      outcome: 'ok',
      policies: [{ name: 'noted', effect: 'flag' }],
      findings: { response: { 'pii/email': 2 } },
    },
  ])
})
