// A provider header passes only if an official SDK exposes it or the vendor documents it, and only with a
// value of the expected form.

import { expect, test } from 'bun:test'
import { pairs, question } from '../doors/doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { hello, room } from '../doors/room.ts'

const kept = {
  'x-request-id': 'req_0123456789abcdef',
  'request-id': 'req_011CSLsW7mFqvHHnzrKdKjAE',
  'retry-after': '20',
  'retry-after-ms': '1500',
  'openai-organization': 'user-abc123',
  'openai-processing-ms': '812',
  'openai-version': '2020-10-01',
  'x-ratelimit-limit-requests': '60',
  'x-ratelimit-remaining-tokens': '149984',
  'x-ratelimit-reset-requests': '6m0s',
  'anthropic-ratelimit-input-tokens-reset': '2025-08-21T12:40:59Z',
  'anthropic-ratelimit-unified-status': 'allowed',
  'anthropic-organization-id': '36562039-1ae4-48e6-ae28-1e517e3d2d12',
  'anthropic-workspace-id': 'wrkspc_01',
  'server-timing': 'gfet4t7; dur=1234',
}

const dropped = {
  'x-envoy-immediate-health-check-fail': 'true',
  'x-litespeed-location': '/etc/passwd',
  'x-accel-redirect': '/secret',
  'x-accel-buffering': 'no',
  'x-sendfile': '/etc/passwd',
  'x-cascade': 'pass',
  'cdn-cache-control': 'public, max-age=3600',
  'edge-control': 'cache-maxage=60m',
  'cache-control': 'public, max-age=3600',
  'surrogate-control': 'no-store',
  'x-litellm-model-api-base': 'http://10.0.0.1',
  'x-backend-server': 'db-7',
  'apim-subscription-id': '0123',
  'set-cookie': 'a=b',
  'access-control-allow-origin': '*',
  location: 'https://evil.example',
  link: '<https://evil.example>; rel=preload',
  'x-gatehouse-run': 'other',
  'x-anything': 'new',
}

/** Names that pass, with values of a wrong form. */
const malformed = {
  'x-request-id': 'call 4111 1111 1111 1111 now',
  'retry-after-ms': 'soon',
  'openai-processing-ms': '12; Ann lives here',
  'x-ratelimit-limit-requests': `<b>${'x'.repeat(300)}</b>`,
  'anthropic-organization-id': 'x'.repeat(300),
}

const ofUs = /^(?:content-type|x-gatehouse-.*)$/

async function headersOf(
  sent: Record<string, string>,
  [front, back]: (typeof pairs)[number],
  status = 200,
): Promise<Record<string, string>> {
  const error = {
    chunks: ['{"error":{"message":"Slow down.","type":"rate_limit_error","code":429}}'],
    isStream: false,
  }
  const there = room({
    answer: (call) => ({ ...(status === 200 ? hello(call) : error), headers: sent, status }),
  })
  const responses = await there.call(front, back, question[front]('Hi'))
  expect(responses.status).toBe(status)
  return Object.fromEntries([...responses.headers].filter(([name]) => !ofUs.test(name) || name in sent))
}

test.each(pairs)(
  '%s ← %s: headers that SDKs expose pass, and all others are dropped',
  async (front, back) => {
    for (const status of [200, 429]) {
      const seen = await headersOf({ ...dropped, ...kept, 'x-should-retry': 'true' }, [front, back], status)
      expect(seen).toMatchObject(kept)
      expect(Object.keys(seen).filter((name) => name in dropped)).toEqual([])
      expect(seen['x-should-retry']).toBe(status === 200 ? undefined : 'true')
    }
  },
)

test.each(generateDialects)('%s: header values of another form are dropped', async (dialect) => {
  expect(await headersOf(malformed, [dialect, dialect])).toEqual({})
})
