// The model traffic without sockets: the real doors, dialects, translations and guards in front of providers
// whose responses a test defines. It is for tests with thousands of bodies and responses. The journeys test
// money, routing and records.

import { GatewayError } from '../../src/contract/errors.ts'
import type { Operation } from '../../src/contract/operation.ts'
import type { GuardRule } from '../../src/contract/snapshot.ts'
import type { Attempt } from '../../src/contract/attempt.ts'
import { newRun } from '../../src/contract/run.ts'
import type { Endpoint, EndpointCall } from '../../src/contract/endpoint.ts'
import type { Gate, GatewayResponse } from '../../src/contract/gate.ts'
import type { Caller } from '../../src/contract/principal.ts'
import type { UpstreamResponse } from '../../src/contract/upstream.ts'
import { createInspector } from '../../src/gateway/inspect/index.ts'
import { createEndpointTable } from '../../src/gateway/endpoint-table.ts'
import { createLlmModule, type TranslationThreads } from '../../src/traffic/llm/index.ts'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'
import type { Departures, Provider, ProviderCall } from '../../src/traffic/llm/provider.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { keptInMemory } from '../kept/world.ts'
import { doorOf } from './doors.ts'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { tellers } from './telling.ts'

export interface Answer {
  status?: number
  headers?: Record<string, string>
  /** A stream in pieces, or one whole JSON text. */
  chunks: readonly (Uint8Array | string)[]
  isStream: boolean
}

/** One short response, in the dialect of the provider. */
export function hello({ dialect }: ProviderCall): Answer {
  const back = generateDialects.find((name) => name === dialect)
  const reported = back && tellers[back]['text']?.(['Hello.'])
  return { chunks: [JSON.stringify(reported?.whole)], isStream: false }
}

export interface RoomOptions {
  /** The provider that responds. Evaluated for each call. */
  answer: (call: ProviderCall) => Answer
  guards?: readonly GuardRule[]
  maxDepth?: number
  /** The run of all calls. Absent means that each call has its own run. */
  run?: string
  /** Absent means that long bodies are translated like all others. */
  threads?: TranslationThreads
  departures?: Departures
}

const plain: Departures = { usageInStream: true, unbilledErrors: 'none' }

export interface Room {
  /** The body, status and headers of the response. The door writes every error. */
  call(
    front: Dialect,
    back: Dialect,
    body: string | Uint8Array | object,
    isStreaming?: boolean,
  ): Promise<Answered>
  /** The requests that the providers received, in order. */
  sent: ProviderCall[]
}

export interface Answered {
  status: number
  headers: Headers
  text: string
  /** The error that was thrown, before the door converted it. */
  thrown: GatewayError | undefined
}

const subject = { key: 'tester', team: 'testers', teamPath: ['testers'], tags: {}, claims: {} }
const unexpected = (): never => {
  throw new Error('not of this test')
}
const caller = {
  principal: { id: 'key:gatehouse:k', kind: 'key', name: 'k', team: 't', teamPath: ['t'] },
  subject,
} as unknown as Caller
const timeouts = { connectMs: 0, firstTokenMs: 0, idleMs: 0, totalMs: 0 }

export function room({
  answer,
  guards = [],
  maxDepth = 100,
  run = 'run_x',
  threads,
  departures = plain,
}: RoomOptions): Room {
  const clock = createFakeClock()
  const sent: ProviderCall[] = []
  let back: Dialect = 'openai-chat'
  let thrown: GatewayError | undefined
  const provider = (): Provider => ({
    name: 'inside',
    dialects: [back],
    departures,
    async send(call) {
      sent.push(call)
      return response(answer(call))
    },
  })
  const providers = new Map<Dialect, Provider>()
  const inspecting = createInspector({ snapshot: { guards, policies: [] }, clock })

  const situation = { subject, address: '203.0.113.9', run: newRun(0), traits: () => [] }

  async function governed(operation: Operation): Promise<GatewayResponse> {
    const notes = {
      exchange: { id: 'x', run, caller, opening: { peer: { address: '203.0.113.9' } } },
      findings: undefined,
      policies: undefined,
      isRedacted: false,
    }
    const inspected = inspecting.needsRequest(operation)
      ? await inspecting.inspectRequest(operation, situation, notes)
      : {
          operation,
          decision: { applied: [], only: [], redact: [], restore: [] },
          findings: [],
          situation,
          vault: new Map(),
        }
    // what admission and policies read of every operation
    inspected.operation.demand('inside/model')
    void inspected.operation.facts
    const isRead = inspecting.needsResponse(operation) || inspected.vault.size > 0
    const target = {
      id: 'inside/model',
      provider: 'inside',
      model: 'model',
      traits: [],
      prices: [],
      maxOutputTokens: 8192,
    }
    const attempt = {
      exchange: 'x',
      number: 1,
      target,
      depth: isRead ? 'content' : 'meter',
      timeouts,
      subject,
      onSent() {},
    }
    const received = await inspected.operation.attempt({
      ...attempt,
      signal: new AbortController().signal,
      callerHeaders: new Headers(),
    } as Attempt)
    const source = isRead ? inspecting.guardResponse(received, inspected, notes) : received
    return {
      exchange: 'x',
      status: received.status,
      headers: received.headers,
      isStream: received.isStream,
      next: () =>
        nextBytes(source).catch((error: unknown) => {
          thrown = noted(error)
          throw error
        }),
      cancel: () => void source.cancel(),
    }
  }

  const gate: Gate = {
    identify: () => caller,
    recall: () => caller,
    connect: unexpected,
    enter: () => ({ leave: () => {} }),
    issueRunToken: () => ({ token: '', run: '', expiresAt: 0 }),
    judge: () => 'allowed',
    refused(error) {
      thrown = error
      return 'x'
    },
    async open(_caller, operation) {
      try {
        return await governed(operation)
      } catch (error) {
        thrown = noted(error)
        throw error
      }
    },
  }

  const { doors } = createLlmModule({
    gate,
    providerOf: () => {
      const known = providers.get(back) ?? provider()
      providers.set(back, known)
      return known
    },
    clock,
    ...(threads && { threads }),
    random: letterByLetter(),
    listModels: () => [],
    limits: () => ({ depth: maxDepth, bodyBytes: 64 * 1024 * 1024 }),
    kept: keptInMemory().kept,
  })
  const table = createEndpointTable(doors)

  return {
    sent,
    async call(front, to, body, isStreaming = false) {
      back = to
      thrown = undefined
      const { path, headers } = doorOf[front]('model', isStreaming)
      const bytes =
        body instanceof Uint8Array
          ? body
          : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
      const request = new Request(`http://gate.test${path}`, {
        method: 'POST',
        headers: { ...headers('key'), 'content-type': 'application/json' },
      })
      const call: EndpointCall = {
        request,
        path: path.split('?')[0] ?? path,
        peer: { address: '203.0.113.9', isLoopback: false },
        startedAt: 0,
        body: async () => bytes,
        take: () => {},
        streamed: () => () => {},
        keepOpen: unexpected,
        upgrade: unexpected,
      }
      const responses = await found(table.find(request, call.path)).handle(call)
      return { status: responses.status, headers: responses.headers, text: await responses.text(), thrown }
    },
  }
}

function found(match: ReturnType<ReturnType<typeof createEndpointTable>['find']>): Endpoint {
  if (match.kind !== 'endpoint') throw new Error(`no endpoint: ${match.kind}`)
  return match.endpoint
}

async function nextBytes(source: { next(): Promise<{ bytes: string | Uint8Array } | undefined> }) {
  for (let piece = await source.next(); piece; piece = await source.next())
    if (piece.bytes.length > 0) return piece.bytes
  return undefined
}

/** Any error that is not a GatewayError is a bug of the gateway. */
function noted(error: unknown): GatewayError {
  return error instanceof GatewayError ? error : new GatewayError('internal', String(error), { cause: error })
}

function response({ status = 200, headers = {}, chunks, isStream }: Answer): UpstreamResponse {
  const rest = chunks.map((chunk) => Buffer.from(chunk))
  return {
    status,
    headers: new Headers({ 'content-type': isStream ? 'text/event-stream' : 'application/json', ...headers }),
    body: { next: async () => rest.shift(), cancel: async () => void rest.splice(0) },
    bytes: async () => Buffer.concat(rest),
  }
}

/** The first generated id consists of the letter A, the second of B. */
function letterByLetter(): () => number {
  let drawn = 0
  return () => (Math.floor(drawn++ / 24) % 62) / 62
}
