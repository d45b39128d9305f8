// Every official SDK with every provider dialect: sixteen pairs. Twelve of them are translated.

import { beforeAll, describe, expect, test } from 'bun:test'
import { type Back, backs, rateLimited, says, streamOf } from '../upstreams/any-dialect.ts'
import { behave, type FakeProvider } from '../upstreams/index.ts'
import { dialectClient, type Front, fronts, raised } from './dialect-clients.ts'
import { type Scene, scenes, thrownBy } from './scene.ts'

const { provider: newProvider, start } = scenes('file')
const providers = {} as Record<Back, FakeProvider>
let gatehouse: Scene['gatehouse']

const price = 'price: { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, cacheWriteLong: 6 }'
const pauper = 'gh_pauper-key-that-is-no-secret-0123456789'

beforeAll(async () => {
  for (const back of backs) providers[back] = await newProvider()
  const root = (back: Back) => providers[back].url.replace(/\/v1$/, '')
  // a separate target for each failure and client, because a failed target is paused
  const models = backs.flatMap((back) => [
    `  ${back}: { targets: [ { target: ${back}/fake, ${price} } ], retry: { attempts: 1 } }`,
    ...fronts.flatMap((front) =>
      ['limited', 'broken'].map(
        (how) =>
          `  ${back}-${how}-${front}: { targets: [ ${back}/${how}-${front} ], retry: { attempts: 1 } }`,
      ),
    ),
  ])
  const config = `providers:
  openai-chat: { kind: openai-compatible, url: "${providers['openai-chat'].url}", key: sk-upstream }
  openai-responses: { kind: openai-compatible, url: "${providers['openai-responses'].url}", key: sk-upstream, options: { dialects: [openai-responses] } }
  anthropic-messages: { kind: anthropic, url: "${root('anthropic-messages')}", key: sk-upstream }
  gemini: { kind: gemini, url: "${root('gemini')}", key: sk-upstream }
models:
${models.join('\n')}
  poor: { targets: [ { target: gemini/gemini-2.5-flash, price: { input: 1, output: 1 } } ] }
guards:
  personal: { kind: pii, action: restore, restoreIn: [arguments] }
teams:
  testers: { allow: { models: ["*", "*/*"] } }
  paupers: { allow: { models: ["*"] }, budgets: [ { amount: 0.000001, per: total } ] }
keys:
  tester: { team: testers, secret: "\${TESTER_KEY}" }
  pauper: { team: paupers, secret: "${pauper}" }
`
  ;({ gatehouse } = await start({ config }))
})

const sdk = (front: Front, key = gatehouse.key) => dialectClient(front, gatehouse, key)

const posts = (back: Back) => providers[back].requests.filter(({ method }) => method === 'POST')

const pairs = fronts.flatMap((front) => backs.map((back) => [front, back] as const))
const both = [true, false]

/**
 * 1600 input tokens, 1000 of them from the cache; 40 output tokens. Anthropic's 500 were written to the
 * cache, 200 of them for an hour.
 */
const usage: Readonly<Record<Back, Record<string, unknown>>> = {
  'openai-chat': {
    prompt_tokens: 1600,
    completion_tokens: 40,
    total_tokens: 1640,
    prompt_tokens_details: { cached_tokens: 1000 },
  },
  'openai-responses': {
    input_tokens: 1600,
    input_tokens_details: { cached_tokens: 1000 },
    output_tokens: 40,
    output_tokens_details: { reasoning_tokens: 10 },
    total_tokens: 1640,
  },
  'anthropic-messages': {
    input_tokens: 100,
    cache_read_input_tokens: 1000,
    cache_creation_input_tokens: 500,
    cache_creation: { ephemeral_5m_input_tokens: 300, ephemeral_1h_input_tokens: 200 },
    output_tokens: 40,
  },
  gemini: {
    promptTokenCount: 1600,
    cachedContentTokenCount: 1000,
    candidatesTokenCount: 30,
    thoughtsTokenCount: 10,
    totalTokenCount: 1640,
  },
}
const costNano = (back: Back) =>
  back === 'anthropic-messages'
    ? 100 * 3000 + 1000 * 300 + 300 * 3750 + 200 * 6000 + 40 * 15_000
    : 600 * 3000 + 1000 * 300 + 40 * 15_000

/** The text of the question that is on no other record: its target and its client. */
const recordOf = (front: Front, back: Back, isStream: boolean) =>
  gatehouse.find(
    (one) =>
      one.dialect === front &&
      one.attempts[0]?.target === `${back}/fake` &&
      one.isStream === isStream &&
      one.usage?.inputTokens === 1600,
  )

describe.each(pairs)('%s → %s', (front, back) => {
  test.each(both)(
    'text arrives, and the reported usage determines the cost (stream: %p)',
    async (isStreaming) => {
      providers[back].next(says(back, { text: 'Hello there, friend.', usage: usage[back] }))
      expect(await sdk(front).ask({ model: back, text: 'Hi', isStreaming })).toBe('Hello there, friend.')
      const record = await recordOf(front, back, isStreaming)
      expect(record.usage).toMatchObject({
        inputTokens: 1600,
        outputTokens: 40,
        cacheReadTokens: 1000,
        ...(back === 'anthropic-messages' && { cacheWriteTokens: 500, cacheWriteLongTokens: 200 }),
      })
      expect([record.costNano, record.costBasis]).toEqual([String(costNano(back)), 'usage'])
    },
  )

  test.each(both)('parallel tools and their results complete the round (stream: %p)', async (isStreaming) => {
    const calls = [
      { id: 'call_a', name: 'weather', input: { city: 'Oslo' } },
      { id: 'call_b', name: 'weather', input: { city: 'Rome' } },
    ]
    providers[back].next(says(back, { text: 'Let me look.', calls }), says(back, { text: 'Cold and warm.' }))
    const asked: string[] = []
    const weather = ({ city }: { city: string }) => {
      asked.push(city)
      return `weather-of-${city}`
    }
    expect(await sdk(front).ask({ model: back, text: 'Weather?', isStreaming, weather })).toBe(
      'Cold and warm.',
    )
    expect(asked).toEqual(['Oslo', 'Rome'])
    const sent = posts(back).at(-1)?.text() ?? ''
    expect([
      sent.indexOf('weather-of-Oslo') > 0,
      sent.indexOf('weather-of-Rome') > sent.indexOf('weather-of-Oslo'),
    ]).toEqual([true, true])
  })

  test('an image and a schema arrive at the provider', async () => {
    providers[back].next(says(back, { text: '{"city":"Oslo"}' }))
    const schema = {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    }
    const text = await sdk(front).ask({ model: back, text: 'Where?', image: 'iVBORw0KGgo=', schema })
    expect(JSON.parse(text)).toEqual({ city: 'Oslo' })
    const sent = posts(back).at(-1)?.text() ?? ''
    expect(sent).toContain('iVBORw0KGgo=')
    expect(sent).toContain('"additionalProperties":false')
  })

  test.each(both)(
    'data that a guard hides does not leave and is restored, also in tool arguments (stream: %p)',
    async (isStreaming) => {
      const calls = [{ id: 'call_a', name: 'weather', input: { city: 'of <EMAIL_1>' } }]
      providers[back].next(says(back, { calls }), says(back, { text: 'I wrote to <EMAIL_1>, done.' }))
      const asked: string[] = []
      const weather = ({ city }: { city: string }) => {
        asked.push(city)
        return 'known to ann@example.com'
      }
      const before = posts(back).length
      const text = await sdk(front).ask({
        model: back,
        text: 'Write to ann@example.com',
        isStreaming,
        weather,
      })
      expect([text, asked]).toEqual(['I wrote to ann@example.com, done.', ['of ann@example.com']])
      const sent = posts(back).slice(before)
      expect(sent).toHaveLength(2)
      for (const request of sent) {
        expect(request.text()).not.toContain('ann@example.com')
        expect(request.text()).toContain('<EMAIL_1>')
      }
    },
  )

  test('an overloaded provider is the SDK’s typed error with the time to wait', async () => {
    providers[back].next(rateLimited(back, 7))
    const limited = raised(await thrownBy(sdk(front).ask({ model: `${back}-limited-${front}`, text: 'Hi' })))
    expect(limited).toMatchObject({ status: 429, retryAfter: '7' })
    expect(limited.message).toContain('Slow down.')
  })

  test('a stream that breaks off raises an error', async () => {
    const whole = streamOf(back, { text: 'Hello there, friend.' })
    providers[back].next(behave.sseThenCut(whole, back === 'openai-chat' ? 0.4 : 0.5))
    let text = ''
    const asking = sdk(front).ask({
      model: `${back}-broken-${front}`,
      text: 'Hi',
      isStreaming: true,
      onText: (piece) => (text += piece),
    })
    expect(await thrownBy(asking)).toBeInstanceOf(Error)
    expect('Hello there, friend.').toStartWith(text)
  })

  test('aborting in the middle of a stream reaches the provider', async () => {
    const response = behave.manual()
    providers[back].next(response)
    const leaver = new AbortController()
    const heard = Promise.withResolvers<void>()
    const asking = thrownBy(
      sdk(front).ask({
        model: back,
        text: 'Abort',
        isStreaming: true,
        signal: leaver.signal,
        onText: () => heard.resolve(),
      }),
    )
    await response.started
    response.head(200, { 'content-type': 'text/event-stream' })
    const events = streamOf(back, { text: 'word '.repeat(60) }).split(/(?<=\n\r?\n)/)
    for (const event of events.slice(0, Math.floor(events.length * 0.6))) response.push(event)
    await heard.promise
    leaver.abort()
    expect(await asking).toBeInstanceOf(Error)
    await response.closed
  })
})

describe.each([...fronts])('%s', (front) => {
  test('a wrong key, an unknown model and a spent budget are typed errors of the SDK', async () => {
    const refusal = async (key: string, model: string) =>
      raised(await thrownBy(sdk(front, key).ask({ model, text: 'Hi' })))
    expect(await refusal('gh_nobody', 'gemini')).toMatchObject({ status: 401 })
    expect(await refusal(gatehouse.key, 'no-such-model')).toMatchObject({ status: 404 })
    // Anthropic has a separate status for it
    expect(await refusal(pauper, 'poor')).toMatchObject({
      status: front === 'anthropic-messages' ? 402 : 429,
    })
  })
})
