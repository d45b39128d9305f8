import { afterAll, describe, expect, test } from 'bun:test'
import { GatewayError } from '../../../contract/errors.ts'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { Attempt } from '../../../contract/attempt.ts'
import { createRealClock } from '../../../kit/real-clock.ts'
import { createUpstream } from '../../../upstream/index.ts'
import { lookup } from '../models/index.ts'
import type { Departures } from '../provider.ts'
import { inCatalog, providerKinds, createProviders } from './index.ts'
import { vendors } from './vendors.ts'

/** The last request that the server received, and its next response. */
let seen: { method: string; path: string; headers: Headers; body: string } | undefined
let answer: () => Response = () => Response.json({ ok: true })
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    seen = {
      method: request.method,
      path: new URL(request.url).pathname,
      headers: request.headers,
      body: await request.text(),
    }
    return answer()
  },
})
const ways = createUpstream({ clock: createRealClock(), reveal: () => 'sk-upstream-key' })
afterAll(async () => {
  ways.close()
  await server.stop(true)
})

const providerOf = createProviders({ dial: ways.dial, clock: createRealClock(), random: Math.random })

function rule(more: Partial<DestinationRule>): DestinationRule {
  return {
    name: 'acme',
    section: 'providers',
    serves: 'model',
    kind: 'openai-compatible',
    baseUrl: `http://127.0.0.1:${server.port}/v1`,
    credential: { kind: 'bearer', secrets: { key: { kind: 'env', name: 'ACME_KEY' } }, settings: {} },
    headers: {},
    traits: [],
    timeouts: { connectMs: 5000, firstTokenMs: 5000, idleMs: 5000, totalMs: 5000 },
    allowsPrivateAddress: true,
    options: {},
    ...more,
  }
}

async function send(
  of: DestinationRule,
  more: { isStreaming?: boolean; callerHeaders?: Headers; onSent?: () => void } = {},
): Promise<number> {
  const attempt: Attempt = {
    exchange: 'x',
    number: 1,
    target: { id: 'acme/large', provider: 'acme', model: 'large', traits: [], prices: [] },
    depth: 'meter',
    signal: new AbortController().signal,
    timeouts: of.timeouts,
    callerHeaders: more.callerHeaders ?? new Headers({ authorization: 'Bearer gatehouse-key' }),
    subject: { key: 'k', team: 't', teamPath: ['t'], tags: {}, claims: {} },
    onSent: more.onSent ?? (() => {}),
  }
  const call = {
    dialect: 'openai-chat',
    path: '/chat/completions',
    body: '{"model":"large"}',
    isStreaming: more.isStreaming ?? false,
    attempt,
  } as const
  const response = await providerOf(of).send(call)
  await response.bytes(1000)
  return response.status
}

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )

describe('a provider over HTTP', () => {
  test.each([
    ['/v1', '/v1/chat/completions'],
    ['/v1/', '/v1/chat/completions'],
    ['', '/chat/completions'],
    ['/openai/v1', '/openai/v1/chat/completions'],
  ])('joins its address %p with the path of the dialect', async (base, path) => {
    await send(rule({ baseUrl: `http://127.0.0.1:${server.port}${base}` }))
    expect(seen?.path).toBe(path)
  })

  test('sends the body unchanged, as JSON, with the key of the provider and not that of the caller', async () => {
    let sent = 0
    expect(await send(rule({ headers: { 'x-tenant': 'blue' } }), { onSent: () => void (sent += 1) })).toBe(
      200,
    )
    expect(seen).toMatchObject({ method: 'POST', body: '{"model":"large"}' })
    expect(seen?.headers.get('authorization')).toBe('Bearer sk-upstream-key')
    expect(seen?.headers.get('content-type')).toBe('application/json')
    expect(seen?.headers.get('accept')).toBe('application/json')
    expect(seen?.headers.get('x-tenant')).toBe('blue')
    expect(sent).toBe(1)
  })

  test('requests an event stream when the body does', async () => {
    await send(rule({}), { isStreaming: true })
    expect(seen?.headers.get('accept')).toBe('text/event-stream')
  })

  test('openai bills the organization and the project of the configuration', async () => {
    await send(rule({ kind: 'openai', options: { organization: 'org-1', project: 'proj_1' } }))
    expect([seen?.headers.get('openai-organization'), seen?.headers.get('openai-project')]).toEqual([
      'org-1',
      'proj_1',
    ])
    await send(rule({ kind: 'openai' }))
    expect(seen?.headers.has('openai-organization')).toBe(false)
  })

  test("a caller's organization is sent only with the caller's own key", async () => {
    const callerHeaders = new Headers({
      authorization: 'Bearer gatehouse-key',
      'x-gatehouse-upstream-key': 'sk-own',
      'openai-organization': 'org-own',
      'openai-project': 'proj_own',
    })
    await send(
      rule({
        kind: 'openai',
        options: { project: 'proj_1' },
        credential: { kind: 'caller', secrets: {}, settings: {} },
      }),
      { callerHeaders },
    )
    expect(seen?.headers.get('authorization')).toBe('Bearer sk-own')
    expect([seen?.headers.get('openai-organization'), seen?.headers.get('openai-project')]).toEqual([
      'org-own',
      'proj_1',
    ])
    await send(rule({ kind: 'openai' }), { callerHeaders })
    expect(seen?.headers.get('authorization')).toBe('Bearer sk-upstream-key')
    expect(seen?.headers.has('openai-organization')).toBe(false)
  })
})

describe('discovery', () => {
  test.each<[string, unknown, string[]]>([
    ['the list of OpenAI', { object: 'list', data: [{ id: 'a', object: 'model' }, { id: 'b' }] }, ['a', 'b']],
    ['a bare array', [{ id: 'a' }, 'b'], ['a', 'b']],
    ['the list of Ollama', { models: [{ name: 'llama3:8b', model: 'llama3:8b' }] }, ['llama3:8b']],
    ['names with a prefix', { data: [{ id: 'models/gemini-2.5-pro' }] }, ['gemini-2.5-pro']],
    ['an empty list', { data: [] }, []],
    [
      'odd entries among good ones',
      {
        data: [
          null,
          7,
          {},
          { id: 5 },
          { id: '' },
          { id: 'a\nb' },
          { id: 'x'.repeat(300) },
          { id: 'good' },
          { id: 'good' },
        ],
      },
      ['good'],
    ],
  ])('reads %s', async (_name, list, names) => {
    answer = () => Response.json(list)
    expect(await providerOf(rule({})).discover?.(new AbortController().signal)).toEqual(names)
    expect(seen).toMatchObject({ method: 'GET', path: '/v1/models' })
  })

  test('keeps at most 5,000 names', async () => {
    answer = () =>
      Response.json({ data: Array.from({ length: 9000 }, (_none, index) => ({ id: `m${index}` })) })
    expect((await providerOf(rule({})).discover?.(new AbortController().signal))?.length).toBe(5000)
  })

  test.each([
    ['401', () => new Response('no', { status: 401 }), 'upstream-credential', 'check its key'],
    ['500', () => new Response('no', { status: 500 }), 'upstream-error', 'answers 500'],
    ['HTML', () => new Response('<html>'), 'upstream-garbage', 'no list of models'],
    ['JSON that is no list', () => Response.json({ error: 'x' }), 'upstream-garbage', 'no list of models'],
    ['megabytes', () => new Response('x'.repeat(5_000_000)), 'upstream-garbage', ''],
  ])('%s is an error that says what to do', async (_name, next, code, message) => {
    answer = next
    const failure = await failureOf(
      Promise.resolve(providerOf(rule({})).discover?.(new AbortController().signal)),
    )
    expect(failure).toBeInstanceOf(GatewayError)
    expect(failure).toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('stops when it is aborted', async () => {
    const stop = new AbortController()
    stop.abort()
    expect(await failureOf(Promise.resolve(providerOf(rule({})).discover?.(stop.signal)))).toBeInstanceOf(
      GatewayError,
    )
  })
})

describe('kinds', () => {
  test('the same rule gives the same provider, a new rule a new one', () => {
    const one = rule({})
    expect(providerOf(one)).toBe(providerOf(one))
    expect(providerOf(rule({}))).not.toBe(providerOf(one))
  })

  test('a provider that is not ready or of an unknown kind is refused with the reason', () => {
    expect(() => providerOf(rule({ notReady: 'ACME_KEY is not set' }))).toThrow(
      'provider "acme" is not ready: ACME_KEY is not set',
    )
    expect(() => providerOf(rule({ kind: 'oracle' }))).toThrow(
      'provider "acme" is of the kind "oracle", which is none of openai, ',
    )
  })

  const mistral: Departures = {
    usageInStream: true,
    unbilledErrors: 'none',
    ...vendors.find(({ vendor }) => vendor === 'mistral')?.departures,
  }

  test('a local server is recognized by its kind or option, not by its address', () => {
    const carries = (more: Partial<DestinationRule>) =>
      providerOf(rule({ baseUrl: 'http://127.0.0.1:11434/v1', ...more })).departures.outputLimitField
    expect([carries({ kind: 'ollama' }), carries({ options: { vendor: 'ollama' } }), carries({})]).toEqual([
      'max_tokens',
      'max_tokens',
      undefined,
    ])
  })

  test.each<[Partial<DestinationRule>, Departures]>([
    [{ kind: 'openai' }, { usageInStream: true, unbilledErrors: 'none', takesFreeText: true }],
    [
      { baseUrl: 'https://api.openai.com/v1' },
      { usageInStream: true, unbilledErrors: 'own', takesFreeText: true },
    ],
    [{}, { usageInStream: true, unbilledErrors: 'none' }],
    [{ baseUrl: 'https://api.mistral.ai/v1/' }, { ...mistral, unbilledErrors: 'own' }],
    [{ baseUrl: 'https://api.eu.mistral.ai/v1' }, { ...mistral, unbilledErrors: 'own' }],
    [{ kind: 'mistral' }, mistral],
    [{ options: { vendor: 'mistral' } }, mistral],
    [
      { options: { usageInStream: false, unbilledErrors: 'all' } },
      { usageInStream: false, unbilledErrors: 'all' },
    ],
    [
      { kind: 'demo', baseUrl: 'demo://offline' },
      { usageInStream: true, unbilledErrors: 'all' },
    ],
  ])('departures of %p are known', (more, departures) => {
    expect(providerOf(rule(more)).departures).toEqual(departures)
  })

  test('a vendor is recognized by its address, or by its name when a proxy is before it', () => {
    const vendorOf = (more: Partial<DestinationRule>) => inCatalog(rule(more), 'm')?.vendor
    expect(vendorOf({ baseUrl: 'https://api.groq.com/openai/v1' })).toBe('groq')
    expect(vendorOf({ options: { vendor: 'groq' } })).toBe('groq')
    expect(vendorOf({})).toBeUndefined()
    expect(vendorOf({ baseUrl: 'no address' })).toBeUndefined()
    expect(
      inCatalog({ kind: 'openai', baseUrl: 'https://eu.api.openai.com/v1', options: {} }, 'gpt-5'),
    ).toEqual({
      vendor: 'openai',
      model: 'gpt-5',
    })
    const demo = inCatalog(rule({ kind: 'demo' }), 'echo')
    expect(lookup(demo?.vendor ?? '', demo?.model ?? '')?.prices[0]?.output).toBe(400_000_000)
  })

  test('every vendor has an https address and a unique name', () => {
    expect(new Set(vendors.map(({ vendor }) => vendor)).size).toBe(vendors.length)
    for (const { baseUrl, isLocal = false } of vendors)
      expect(baseUrl).toMatch(isLocal ? /^http:\/\/127\.0\.0\.1:/ : /^https:\/\/[^/]+(\/.*[^/])?$/)
  })

  test('options are strict and described', () => {
    for (const { kind, options } of providerKinds) {
      expect([kind, options.safeParse({}).success, options.safeParse({ nonsense: 1 }).success]).toEqual([
        kind,
        true,
        false,
      ])
      const described = Object.values(
        (options.toJSONSchema() as { properties: Record<string, { description?: string }> }).properties,
      )
      expect(described.every(({ description }) => description !== undefined)).toBe(true)
    }
  })
})
