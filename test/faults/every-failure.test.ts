// Sends the failures of vendors (test/fixtures/failures.jsonl) through a whole gateway. The kind of failure
// is on the record. It decides whether the call moves to another target, and which status a client of another
// dialect gets.

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Gatehouse, startGateway } from '../journeys/gateway.ts'
import { behave, type FakeProvider, fakeProvider } from '../upstreams/index.ts'

interface Row {
  vendor: string
  what: string
  status: number
  kind: string
  body: unknown
}

const rows = readFileSync(join(import.meta.dir, '../fixtures/failures.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Row)

/** The status that Anthropic's SDK gets. */
const statuses: Record<string, number> = {
  'rate-limit': 429,
  overloaded: 529,
  quota: 402,
  'context-window': 400,
  'content-policy': 400,
  'not-found': 404,
  'bad-request': 400,
  credential: 502,
}

let first: FakeProvider
let second: FakeProvider
let gatehouse: Gatehouse
beforeAll(async () => {
  first = await fakeProvider()
  second = await fakeProvider()
  const triggers = '[error, timeout, rate-limit, context-window, content-policy, credential]'
  gatehouse = await startGateway({
    config: `retry: { attempts: 1 }
providers:
  first: { kind: openai-compatible, url: "${first.url}", key: sk-planted }
  second: { kind: openai-compatible, url: "${second.url}", key: sk-planted }
models:
${rows.map((_, index) => `  m${index}: { targets: [first/m${index}, second/m], fallbackOn: ${triggers} }`).join('\n')}
`,
  })
})
afterAll(async () => {
  await gatehouse.stop()
  await first.close()
  await second.close()
})

const behaviorOf = ({ status, body }: Row) =>
  typeof body === 'string'
    ? behave.text(body, body.startsWith('<') ? 'text/html' : 'text/plain', { status })
    : behave.json(body, { status })

const messages = [{ role: 'user', content: 'Hi' }]
const ask = (path: string, body: object) =>
  fetch(gatehouse.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${gatehouse.key}` },
    body: JSON.stringify(body),
  })

for (const [index, row] of rows.entries()) {
  const { vendor, what, status, kind } = row
  test(`${vendor}, ${what} (${status}): ${kind === 'bad-request' ? 'the client gets the error' : `the call moves on after ${kind}`}`, async () => {
    first.next(behaviorOf(row))
    const response = await ask('/v1/chat/completions', { model: `m${index}`, messages })
    await response.text()
    expect(response.status).toBe(kind === 'bad-request' ? status : 200)
    const record = await gatehouse.record(response.headers.get('x-gatehouse-exchange'))
    expect(record.attempts[0]).toMatchObject({ outcome: 'failed', status, fault: kind })
  })

  test(`${vendor}, ${what} (${status}): a client of Anthropic's dialect gets the status of ${kind}`, async () => {
    first.next(behaviorOf(row))
    const response = await ask('/v1/messages', { model: `first/x${index}`, max_tokens: 5, messages })
    const body = (await response.json()) as { error: { message: string } }
    const expected = kind === 'server' ? [500, 502, 504, 524, status] : [statuses[kind]]
    expect(expected).toContain(response.status)
    expect(body.error.message).not.toMatch(/<html|<!DOCTYPE/i)
  })
}
