// The setup for journeys: a gateway and its fake providers, stopped after each test or after the file.

import { afterAll, afterEach } from 'bun:test'
import OpenAI from 'openai'
import { behave, chat, type FakeProvider, fakeProvider } from '../upstreams/index.ts'
import { type Gatehouse, type GatewayOptions, startGateway } from './gateway.ts'

export interface Scene {
  gatehouse: Gatehouse
  /** The official SDK as `tester`, or with another key. It does not retry unless configured to. */
  client(options?: { key?: string; maxRetries?: number; headers?: Record<string, string> }): OpenAI
  /** The chat completion bodies that a provider received, in order. */
  sent(provider: FakeProvider): SentChat[]
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of any shape
export type SentChat = any

/**
 * Call it once per test file, at the top. `file`: its gateways and providers live as long as the file; a
 * start takes some tenths of a second.
 */
export function scenes(per: 'test' | 'file' = 'test') {
  const ends: (() => Promise<void>)[] = []
  const after = per === 'test' ? afterEach : afterAll
  after(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  return {
    async provider(): Promise<FakeProvider> {
      const provider = await fakeProvider()
      // the gateway lists the models at any time; that must not use up a queued behavior
      provider.on('/v1/models', behave.json(chat.models(['fake-model'])))
      ends.push(() => provider.close())
      return provider
    },
    async start(options: GatewayOptions): Promise<Scene> {
      const gatehouse = await startGateway(options)
      ends.push(() => gatehouse.stop())
      return {
        gatehouse,
        client: ({ key = gatehouse.key, maxRetries = 0, headers } = {}) =>
          new OpenAI({
            apiKey: key,
            baseURL: `${gatehouse.url}/v1`,
            maxRetries,
            ...(headers ? { defaultHeaders: headers } : {}),
          }),
        sent: (provider) => chatsOf(provider).map((request) => request.json()),
      }
    },
  }
}

export const chatsOf = (provider: FakeProvider) =>
  provider.requests.filter((request) => request.path.startsWith('/v1/chat/completions'))

/** The error that a promise rejects with. */
export async function thrownBy(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (thrown) {
    return thrown
  }
  throw new Error('it was expected to throw and did not')
}

export const said = (content: string) => [{ role: 'user' as const, content }]

/** The events of a stream, each with its blank line. */
export const eventsOf = (stream: string) => stream.split(/(?<=\n\n)/)
