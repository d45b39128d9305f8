// A provider responds with an error: the official client raises its typed error, the record has the kind of
// error, and calls that are known to be free cost nothing.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { behave, chat, closedPort } from '../upstreams/index.ts'
import { startGateway } from '../journeys/gateway.ts'
import { type World, world } from './world.ts'

// OpenAI documents which errors are free. Other vendors don't, and then an error under a hard budget costs
// the bound of the call.
const refusalsAreFree = 'options: { unbilledErrors: refusals }'

let here: World
beforeAll(async () => {
  here = await world({ provider: refusalsAreFree })
})
afterAll(() => here.end())

const client = (maxRetries = 0) =>
  new OpenAI({ apiKey: here.gatehouse.key, baseURL: `${here.gatehouse.url}/v1`, maxRetries })
const ask = (model: string) => ({
  model,
  messages: [{ role: 'user' as const, content: 'hi' }],
  max_tokens: 20,
})

async function failureOf(model: string, isStreaming: boolean): Promise<InstanceType<typeof OpenAI.APIError>> {
  const call: Promise<unknown> = isStreaming
    ? client().chat.completions.create({ ...ask(model), stream: true })
    : client().chat.completions.create(ask(model))
  const thrown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof OpenAI.APIError) return thrown
  throw new Error(`expected an APIError, got ${String(thrown)}`)
}

interface Told {
  /** The class that the official client raises. */
  raises: abstract new (
    ...args: never[]
  ) => Error
  /** Default: the provider's own. */
  status?: number
  /** Kind of the fault on the record. */
  fault: string
}

const reported: Record<number, Told> = {
  400: { raises: OpenAI.BadRequestError, fault: 'bad-request' },
  402: { raises: OpenAI.APIError, fault: 'quota' },
  403: { raises: OpenAI.APIError, fault: 'credential', status: 502 },
  404: { raises: OpenAI.NotFoundError, fault: 'not-found' },
  408: { raises: OpenAI.APIError, fault: 'server' },
  409: { raises: OpenAI.ConflictError, fault: 'server' },
  413: { raises: OpenAI.APIError, fault: 'context-window' },
  422: { raises: OpenAI.UnprocessableEntityError, fault: 'bad-request' },
  429: { raises: OpenAI.RateLimitError, fault: 'rate-limit' },
  500: { raises: OpenAI.InternalServerError, fault: 'server' },
  502: { raises: OpenAI.InternalServerError, fault: 'server' },
  503: { raises: OpenAI.InternalServerError, fault: 'overloaded' },
  504: { raises: OpenAI.InternalServerError, fault: 'server' },
  529: { raises: OpenAI.InternalServerError, fault: 'overloaded' },
}

describe.each(['whole', 'streamed'])('asked for a response that is %s, a provider that sends', (form) => {
  for (const [status, { raises, fault, status: shown = Number(status) }] of Object.entries(reported)) {
    test(`${status}: the client raises ${raises.name} with the provider's message, and ${Number(status) < 500 ? 'the call is free' : 'its cost is unknown'}`, async () => {
      const model = here.model()
      here.provider.next(
        behave.error(Number(status), { message: `words of the provider ${status}`, code: 'a_code' }),
      )
      const error = await failureOf(model, form === 'streamed')
      expect(error).toBeInstanceOf(raises)
      expect(error.status).toBe(shown)
      if (fault !== 'credential')
        expect(error).toMatchObject({ message: `${status} words of the provider ${status}`, code: 'a_code' })
      const record = await here.gatehouse.record(error.headers?.get('x-gatehouse-exchange') ?? null)
      const cost =
        Number(status) < 500
          ? { costNano: '0', costBasis: 'free' as const }
          : { costNano: '0', forgivenNano: '20000000', costBasis: 'forgiven' as const }
      expect(record).toMatchObject({
        outcome: 'failed',
        status: shown,
        code: fault === 'credential' ? 'upstream-credential' : 'upstream-error',
        isStream: form === 'streamed',
        ...cost,
        attempts: [
          { number: 1, target: `fake/${model}`, outcome: 'failed', status: Number(status), fault, ...cost },
        ],
      })
      await here.provider.settled()
    })
  }

  test('after a 401 the client learns that our credential was refused, and not the key', async () => {
    const model = here.model()
    here.provider.next(
      behave.error(401, {
        message: 'Incorrect API key provided: sk-upstream-planted',
        code: 'invalid_api_key',
      }),
    )
    const error = await failureOf(model, form === 'streamed')
    expect(error.status).toBe(502)
    expect(JSON.stringify(error.error)).not.toContain('sk-upstream')
    expect(error.code).toBe('upstream_credential')
    expect(error.headers?.get('x-should-retry')).toBe('false')
    expect(await here.gatehouse.record(error.headers?.get('x-gatehouse-exchange') ?? null)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-credential',
      status: 502,
      costNano: '0',
      attempts: [{ status: 401, fault: 'credential' }],
    })
  })

  test('a 429 passes its retry time on to the client', async () => {
    const model = here.model()
    here.provider.next(behave.error(429, { retryAfter: '7' }))
    const error = await failureOf(model, form === 'streamed')
    expect(error.headers?.get('retry-after')).toBe('7')
  })

  test('a 502 in HTML from a proxy becomes an error that the client can read', async () => {
    const model = here.model()
    here.provider.next(behave.html(502))
    const error = await failureOf(model, form === 'streamed')
    expect(error).toBeInstanceOf(OpenAI.InternalServerError)
    expect(error).toMatchObject({ status: 502, code: 'upstream_error', type: 'upstream_error' })
    expect(error.message).not.toContain('<html>')
    expect(await here.gatehouse.record(error.headers?.get('x-gatehouse-exchange') ?? null)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-error',
    })
  })

  test('a 500 with an empty body becomes an error that the client can read', async () => {
    const model = here.model()
    here.provider.next(behave.text('', 'text/plain', { status: 500 }))
    expect(await failureOf(model, form === 'streamed')).toMatchObject({ status: 500, code: 'upstream_error' })
  })

  test('a 500 with a megabyte of text becomes a readable error, and only a part is kept', async () => {
    const model = here.model()
    here.provider.next(behave.text('x'.repeat(1_000_000), 'text/plain', { status: 500 }))
    const error = await failureOf(model, form === 'streamed')
    expect(error.status).toBeGreaterThanOrEqual(500)
    expect(error.message.length).toBeLessThan(1_000)
  })

  test('a redirect of the provider is not followed', async () => {
    const model = here.model()
    here.provider.next(behave.redirect(`${here.provider.url}/elsewhere`))
    const before = here.provider.requests.length
    const error = await failureOf(model, form === 'streamed')
    expect(error).toMatchObject({ status: 502, code: 'upstream_garbage' })
    expect(here.provider.requests.length).toBe(before + 1)
    expect(await here.gatehouse.record(error.headers?.get('x-gatehouse-exchange') ?? null)).toMatchObject({
      outcome: 'failed',
      code: 'upstream-garbage',
    })
  })
})

test('an error in a whole response with status 200 gets a status that makes clients raise', async () => {
  const model = here.model()
  here.provider.next(behave.json({ error: { message: 'no more', type: 'rate_limit_error', code: 429 } }))
  const error = await failureOf(model, false)
  expect(error).toBeInstanceOf(OpenAI.RateLimitError)
  const record = await here.gatehouse.record(error.headers?.get('x-gatehouse-exchange') ?? null)
  expect(record).toMatchObject({ outcome: 'failed', status: 429, code: 'upstream-error' })
  // Under a hard budget an unknown cost is charged at its bound, because the provider may have billed a part.
  expect(record).toMatchObject({ costBasis: 'forgiven', forgivenNano: '20000000' })
})

describe('with retries', () => {
  test('a 429 with retry-after is retried after that time, and both attempts are on the record', async () => {
    const patient = await world({
      models: 5,
      provider: refusalsAreFree,
      each: 'retry: { attempts: 2, within: 5s }',
    })
    const model = patient.model()
    patient.provider.next(behave.error(429, { retryAfter: '0' }), behave.json(chat.completion('at last')))
    const response = await patient.gatehouse.chat({ ...ask(model) })
    expect(response.status).toBe(200)
    expect(await patient.gatehouse.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
      outcome: 'ok',
      costNano: '7000000',
      attempts: [
        { number: 1, outcome: 'failed', status: 429, fault: 'rate-limit', costNano: '0' },
        { number: 2, outcome: 'ok', costNano: '7000000' },
      ],
    })

    const other = patient.model()
    patient.provider.next(behave.error(429, { retryAfter: '3600' }))
    const refused = await patient.gatehouse.chat({ ...ask(other) })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('retry-after')).toBe('3600')
    expect(
      (await patient.gatehouse.record(refused.headers.get('x-gatehouse-exchange'))).attempts,
    ).toHaveLength(1)
    await patient.end()
  })

  test('the retries of the official client do not reach a provider that refuses our credential', async () => {
    const model = here.model()
    here.provider.next(behave.error(401))
    const before = here.provider.requests.length
    const thrown = await client(3)
      .chat.completions.create(ask(model))
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    expect(thrown).toBeInstanceOf(OpenAI.APIError)
    expect(here.provider.requests.length).toBe(before + 1)
  })
})

test('a provider that refuses connections gives a free 502, and nothing was sent', async () => {
  const dead = await startGateway({
    config: `providers:
  dead: { kind: openai-compatible, url: "${await closedPort()}" }
models:
  gone: { targets: [ { target: dead/gone, price: { input: 1, output: 1000 } } ], retry: { attempts: 1 } }`,
  })
  const response = await dead.chat(ask('gone'))
  expect(response.status).toBe(502)
  expect(((await response.json()) as { error: object }).error).toMatchObject({
    type: 'upstream_error',
    code: 'upstream_unreachable',
  })
  expect(await dead.record(response.headers.get('x-gatehouse-exchange'))).toMatchObject({
    outcome: 'failed',
    code: 'upstream-unreachable',
    costNano: '0',
    attempts: [{ outcome: 'not-sent', code: 'upstream-unreachable' }],
  })
  await dead.stop()
})
