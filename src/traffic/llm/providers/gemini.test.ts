import { expect, test } from 'bun:test'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { UpstreamRequest, UpstreamResponse } from '../../../contract/upstream.ts'
import { createFakeClock } from '../../../kit/fake-clock.ts'
import { lookup } from '../models/index.ts'
import { gemini } from './gemini.ts'

const rule: DestinationRule = {
  name: 'google',
  section: 'providers',
  serves: 'model',
  kind: 'gemini',
  baseUrl: 'https://generativelanguage.googleapis.com',
  credential: { kind: 'bearer', secrets: {}, settings: { header: 'x-goog-api-key' } },
  headers: {},
  traits: [],
  timeouts: { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 },
  allowsPrivateAddress: false,
  options: {},
}

test('requests all of Google’s models in one page, and names them without their folder', async () => {
  const asked: UpstreamRequest[] = []
  const bytes = Buffer.from(
    JSON.stringify({
      models: [{ name: 'models/gemini-2.5-flash' }, { name: 'models/gemini-3-pro-preview' }],
    }),
  )
  const response: UpstreamResponse = {
    status: 200,
    headers: new Headers(),
    body: { next: async () => undefined, cancel: async () => {} },
    bytes: async () => bytes,
  }
  const provider = gemini.create(rule, {
    async dial(request) {
      asked.push(request)
      return response
    },
    clock: createFakeClock(),
    random: () => 0,
  })
  expect(await provider.discover?.(new AbortController().signal)).toEqual([
    'gemini-2.5-flash',
    'gemini-3-pro-preview',
  ])
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /v1beta/models?pageSize=1000'])
  expect(provider.dialects).toEqual(['gemini', 'gemini-embeddings'])
})

test('its models have prices in the catalog', () => {
  expect(
    lookup(gemini.inCatalog(rule, 'gemini-2.5-flash')?.vendor ?? '', 'gemini-2.5-flash')?.prices.length,
  ).toBeGreaterThan(0)
})
