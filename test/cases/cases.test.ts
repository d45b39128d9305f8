// Reports from users of other gateways and from reviewers: what a vendor sent, what a client requested, and
// the required result. Each case has one file. It runs a whole gateway and one fake upstream with all kinds
// of providers. Each provider has its own path (`/ant/v1`, `/gem`).
//
// The first row of `upstream` that matches a request is its response: `path` and `model` are parts of its
// names, `isStreaming` is its form, `call` is its number within the case (from 1). A step expects patterns:
// of the response (headers and body), of the record, and of the upstream request.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Gatehouse, startGateway } from '../journeys/gateway.ts'
import { behave, type FakeProvider, fakeProvider } from '../upstreams/index.ts'

interface Case {
  what: string
  /** Models of this case, in addition to `provider/model`. */
  models?: Record<string, object>
  upstream: Answer[]
  steps: Step[]
}

interface Answer {
  path?: string
  model?: string
  isStreaming?: boolean
  call?: number
  status?: number
  /** Absent means JSON. Empty means no header. */
  type?: string
  headers?: Record<string, string>
  /** A text is sent unchanged. */
  body: unknown
}

interface Step {
  path: string
  /** An empty text removes a header. */
  headers?: Record<string, string>
  body: unknown
  expect: {
    status?: number
    response?: string[]
    notResponse?: string[]
    record?: string[]
    notRecord?: string[]
    sent?: string[]
    notSent?: string[]
    /** Requests that the upstream received. */
    calls?: number
  }
}

const cases = readdirSync(import.meta.dir)
  .filter((name) => name.endsWith('.json'))
  .toSorted()
  .map((name) => ({
    name: name.slice(0, -'.json'.length),
    ...(JSON.parse(readFileSync(join(import.meta.dir, name), 'utf8')) as Case),
  }))

const kinds: Record<string, string> = {
  oai: 'openai',
  ant: 'anthropic',
  gem: 'gemini',
  gen: 'openai-compatible',
  rsp: 'openai-compatible',
  vllm: 'vllm',
  oll: 'ollama',
  lms: 'lmstudio',
  ds: 'deepseek',
  orr: 'openrouter',
  mis: 'mistral',
  grq: 'groq',
  xai: 'xai',
  kimi: 'moonshot',
  qwen: 'dashscope',
  az: 'azure',
}
/** As operators write them: with the version, even if the kind adds it. */
const bases: Record<string, string> = { gem: 'gem/v1beta', az: 'az' }

let upstream: FakeProvider
beforeAll(async () => {
  upstream = await fakeProvider()
})
afterAll(() => upstream.close())

for (const { name, what, models, upstream: answers, steps } of cases)
  describe(`${name}: ${what}`, () => {
    let gatehouse: Gatehouse
    let before = 0
    beforeAll(async () => {
      gatehouse = await startGateway({ config: configOf(models), env: { UPSTREAM_KEY: 'sk-upstream' } })
      let calls = 0
      upstream.always(
        behave.custom(async (call) => {
          const { method, path } = call.request
          if (method === 'GET') return behave.json({ object: 'list', data: [] }).answer(call)
          calls += 1
          const body = bodyOf(call.request)
          const model = typeof body['model'] === 'string' ? body['model'] : ''
          const isStreaming = body['stream'] === true || path.includes('streamGenerateContent')
          const fits = (row: Answer) =>
            (row.path === undefined || path.includes(row.path)) &&
            (row.model === undefined || model.includes(row.model)) &&
            (row.isStreaming === undefined || row.isStreaming === isStreaming) &&
            (row.call === undefined || row.call === calls)
          const row = answers.find(fits)
          if (!row)
            return behave
              .text(`no row answers call ${calls} of ${path}`, 'text/plain', { status: 500 })
              .answer(call)
          const text = typeof row.body === 'string' ? row.body : JSON.stringify(row.body)
          const { status = 200, type = 'application/json', headers = {} } = row
          call.head(status, {
            ...(type !== '' && { 'content-type': type }),
            'content-length': String(Buffer.byteLength(text)),
            ...headers,
          })
          await call.push(text)
          call.end()
        }),
      )
    })
    afterAll(() => gatehouse.stop())

    for (const [index, step] of steps.entries())
      test(`step ${index + 1}: ${step.path}`, async () => {
        before = upstream.requests.length
        const response = await fetch(gatehouse.url + step.path, {
          method: 'POST',
          headers: headersOf(gatehouse, step),
          body: JSON.stringify(step.body),
        })
        const text = `${[...response.headers].map(([header, value]) => `${header}: ${value}`).join('\n')}\n\n${await response.text()}`
        const wanted = step.expect
        if (wanted.status !== undefined) expect([response.status, text]).toEqual([wanted.status, text])
        match(text, wanted.response, wanted.notResponse)
        const sent = upstream.requests.slice(before).filter(({ method }) => method !== 'GET')
        match(
          sent.map(({ method, path, text }) => `${method} ${path}\n\n${text()}`).join('\n\n'),
          wanted.sent,
          wanted.notSent,
        )
        if (wanted.calls !== undefined) expect(sent).toHaveLength(wanted.calls)
        if (!wanted.record && !wanted.notRecord) return
        match(
          JSON.stringify(await gatehouse.record(response.headers.get('x-gatehouse-exchange'))),
          wanted.record,
          wanted.notRecord,
        )
      })
  })

function match(text: string, all: readonly string[] = [], none: readonly string[] = []): void {
  for (const pattern of all) expect(text).toMatch(new RegExp(pattern, 's'))
  for (const pattern of none) expect(text).not.toMatch(new RegExp(pattern, 's'))
}

function bodyOf(request: { json(): unknown }): Record<string, unknown> {
  try {
    return request.json() as Record<string, unknown>
  } catch {
    return {}
  }
}

function headersOf({ key }: Gatehouse, { path, headers = {} }: Step): Record<string, string> {
  const credential: Record<string, string> = path.startsWith('/v1beta')
    ? { 'x-goog-api-key': key }
    : { authorization: `Bearer ${key}` }
  const all = { 'content-type': 'application/json', ...credential, ...headers }
  return Object.fromEntries(
    Object.entries(all)
      .filter(([, value]) => value !== '')
      .map(([header, value]) => [header, value.replace('{key}', key)]),
  )
}

function configOf(models: Case['models'] = {}): string {
  const root = upstream.url.replace(/\/v1$/, '')
  const options: Record<string, object> = { rsp: { dialects: ['openai-responses'] } }
  const providers = Object.entries(kinds).map(([id, kind]) => [
    id,
    {
      kind,
      url: `${root}/${bases[id] ?? `${id}/v1`}`,
      key: '${UPSTREAM_KEY}',
      ...(options[id] && { options: options[id] }),
    },
  ])
  const prices = { 'gen/m': { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 } }
  // JSON is also valid YAML.
  const sections = {
    retry: { attempts: 1 },
    providers: Object.fromEntries(providers) as object,
    prices,
    ...(Object.keys(models).length > 0 && { models }),
  }
  return Object.entries(sections)
    .map(([section, value]) => `${section}: ${JSON.stringify(value)}`)
    .join('\n')
}
