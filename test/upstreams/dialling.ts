// Shared by the tests of upstream/: an upstream on a fake clock and rules for providers.

import { GatewayError, type ErrorCode } from '../../src/contract/errors.ts'
import type { CredentialRule, DestinationRule, SecretRef } from '../../src/contract/snapshot.ts'
import type { UpstreamRequest, UpstreamResponse } from '../../src/contract/upstream.ts'
import { type FakeClock, createFakeClock } from '../../src/kit/fake-clock.ts'
import { createUpstream, type Upstream, type UpstreamParts } from '../../src/upstream/index.ts'

export interface Dialling {
  clock: FakeClock
  upstream: Upstream
  /** Plain secrets by name; change one to rotate it. */
  secrets: Record<string, string>
  dial(rule: DestinationRule, request?: Partial<UpstreamRequest>): Promise<UpstreamResponse>
}

export function dialling(parts: Partial<UpstreamParts> = {}): Dialling {
  const clock = createFakeClock()
  const secrets: Record<string, string> = { KEY: 'sk-planted-upstream-key' }
  const reveal = (secret: SecretRef) => (secret.kind === 'env' ? secrets[secret.name] : undefined)
  const made = createUpstream({ clock, reveal, ...parts })
  return {
    clock,
    upstream: made,
    secrets,
    dial: (provider, request) =>
      made.dial({
        provider,
        method: 'POST',
        path: '/chat/completions',
        headers: [['content-type', 'application/json']],
        body: '{"model":"fake-model","messages":[]}',
        timeouts: provider.timeouts,
        signal: new AbortController().signal,
        ...request,
      }),
  }
}

export function providerRule(baseUrl: string, more: Partial<DestinationRule> = {}): DestinationRule {
  return {
    name: 'fake',
    section: 'providers',
    serves: 'model',
    kind: 'openai-compatible',
    baseUrl,
    credential: bearerRule(),
    headers: {},
    traits: [],
    timeouts: { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 30_000, totalMs: 600_000 },
    allowsPrivateAddress: true,
    options: {},
    ...more,
  }
}

export const bearerRule = (settings: Record<string, string> = {}): CredentialRule => ({
  kind: 'bearer',
  secrets: { key: { kind: 'env', name: 'KEY' } },
  settings,
})

export const noCredential: CredentialRule = { kind: 'none', secrets: {}, settings: {} }

/** The error of a promise that must fail. */
export async function errorOf(promise: Promise<unknown>): Promise<GatewayError> {
  const outcome = await promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
  if (outcome instanceof GatewayError) return outcome
  throw new Error(`expected a GatewayError, got ${String(outcome)}`)
}

export const codeOf = async (promise: Promise<unknown>): Promise<ErrorCode> => (await errorOf(promise)).code

/** Reads to the end. */
export async function textOf(response: UpstreamResponse): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const piece = await response.body.next()
    if (!piece) return text + decoder.decode()
    text += decoder.decode(piece, { stream: true })
  }
}
