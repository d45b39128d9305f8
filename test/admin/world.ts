// The admin API on loopback, over in-memory stores that follow the contract.

import type { PublishStatus, ReloadOutcome } from '../../src/control/publish.ts'
import { declarationOf } from '../../src/gateway/admit/declarations.ts'
import { declare } from '../money/declare.ts'
import { createDirectory } from '../../src/gateway/identify/directory.ts'
import type { TargetReport } from '../../src/control/providers/rules.ts'
import { createAdminApi } from '../../src/control/server.ts'
import { type Actor, adminActor } from '../../src/contract/actor.ts'
import type { Explanation } from '../../src/contract/admin-api.ts'
import type { KeyEntry } from '../../src/contract/directory.ts'
import type { Resource } from '../../src/contract/resource.ts'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import type { Signal, Signals } from '../../src/contract/signals.ts'
import type { DestinationRule, TargetRule, TeamRule } from '../../src/contract/snapshot.ts'
import type { Records } from '../../src/contract/records.ts'
import { type KeyStore, StoreDown } from '../../src/contract/stores.ts'
import { openForWriting } from '../../src/storage/sqlite/database.ts'
import { sqliteRecords } from '../../src/storage/sqlite/records/index.ts'
import { RecordWriter } from '../../src/storage/sqlite/records/writer.ts'
import { memoryApprovals, memoryLedger } from '../../src/storage/memory/index.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { newSecret, sha256Hex } from '../../src/kit/id.ts'
import type { Log } from '../../src/kit/log.ts'

export const adminKey = newSecret('gha')
export const otherAdminKey = newSecret('gha')
export type World = ReturnType<typeof world>

export function world() {
  const clock = createFakeClock()
  const keys = createDirectory([fileKey])
  const keyStore = memoryKeyStore()
  const signals = memorySignals()
  const records = memoryRecords()
  const tails = new Set<(record: ExchangeRecord) => void>()
  const logged: string[] = []
  /** Each request that reached its handler. */
  const asked: string[] = []
  const reloadedBy: Actor[] = []
  const approvals = memoryApprovals()
  let made = 0
  const ledger = memoryLedger({ clock, newId: () => `holder-${++made}`, newNonce: () => `nonce-${made}` })
  const rules = Object.values(teams).flatMap((team) => team.budgets)
  void declare(ledger, rules.map(declarationOf))
  const state: { targets: TargetReport[]; status: PublishStatus; reload: ReloadOutcome } = {
    targets: [],
    status: {
      version: '0123456789abcdef',
      since: Date.UTC(2026, 10, 23, 11),
      problems: [],
      needsRestart: [],
    },
    reload: 'unchanged',
  }
  const barred = new Set(['demo/flaky'])
  const api = createAdminApi({
    clock,
    directory: keys,
    keyStore,
    signals,
    records,
    teams: () => teams,
    newSecret: () => newSecret('gh'),
    explain: (key, resource) => explainByTeam(key, resource),
    ledger,
    approvals,
    openArguments: (_id, sealed) => Buffer.from(sealed).toString(),
    tail: (receive) => {
      tails.add(receive)
      return () => void tails.delete(receive)
    },
    rules: () => rulesInForce,
    owners: () => ({ ...rulesInForce, teams, models: {} }),
    targetHealth: () => state.targets,
    inFlightAt: (provider) => (provider === 'demo' ? 2 : 0),
    barred: () => [...barred],
    pardonTarget: (target) => barred.delete(target),
    publisher: {
      status: () => state.status,
      reload: async (by) => {
        reloadedBy.push(by)
        return state.reload
      },
    },
    configurationFile: '/etc/gatehouse.yaml',
    adminCredentials: () => [
      { sha256: sha256Hex(otherAdminKey), actor: { ...adminActor, id: 'other' } },
      { sha256: sha256Hex(adminKey), actor: adminActor },
    ],
    log: memoryLog(logged, asked),
  })
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: (request) =>
      api.fetch(request, { address: request.headers.get('x-test-address') ?? '127.0.0.1', isLoopback: true }),
  })
  const url = `http://127.0.0.1:${server.port}`

  return {
    url,
    clock,
    approvals,
    ledger,
    directory: keys,
    keyStore,
    signals,
    records,
    tails,
    logged,
    asked,
    reloadedBy,
    state,
    close: (record: ExchangeRecord) => {
      for (const receive of tails) receive(record)
    },
    /** With the admin key, unless `authorization` says otherwise. */
    call: (
      path: string,
      init: {
        method?: string
        body?: unknown
        raw?: string
        headers?: Record<string, string>
        signal?: AbortSignal
      } = {},
    ) =>
      fetch(`${url}${path}`, {
        method: init.method ?? 'GET',
        headers: {
          authorization: `Bearer ${adminKey}`,
          ...(init.body === undefined && init.raw === undefined
            ? {}
            : { 'content-type': 'application/json' }),
          ...init.headers,
        },
        ...(init.signal ? { signal: init.signal } : {}),
        ...(init.raw !== undefined
          ? { body: init.raw }
          : init.body === undefined
            ? {}
            : { body: JSON.stringify(init.body) }),
      }),
    stop: () => server.stop(true),
  }
}

const teams: Record<string, TeamRule> = {
  engineering: {
    name: 'engineering',
    path: ['engineering'],
    grant: { allow: { models: ['*'] }, deny: {} },
    tags: {},
    budgets: [],
  },
  research: {
    name: 'research',
    path: ['research', 'engineering'],
    grant: { allow: { models: ['anthropic/*'] }, deny: { models: ['openai/gpt-9*'] } },
    tags: {},
    budgets: [
      {
        id: 'team/research/month/usd',
        unit: 'usd',
        amount: '500000000000',
        per: 'month',
        zone: 'UTC',
        isHard: true,
        capsOutput: false,
      },
      {
        id: 'team/research/day/tokens',
        unit: 'tokens',
        amount: '1000000',
        per: 'day',
        zone: 'UTC',
        isHard: false,
        capsOutput: false,
      },
    ],
  },
}

const provider = (name: string, more: Partial<DestinationRule>): DestinationRule => ({
  name,
  section: 'providers',
  serves: 'model',
  kind: name,
  baseUrl: 'https://provider.example',
  credential: { kind: 'bearer', secrets: { key: { kind: 'env', name: 'PLANTED_REFERENCE' } }, settings: {} },
  headers: { 'x-planted': 'planted-header' },
  traits: [],
  timeouts: { connectMs: 1, firstTokenMs: 1, idleMs: 1, totalMs: 1 },
  allowsPrivateAddress: false,
  options: {},
  ...more,
})
const target = (id: string): TargetRule => ({
  id,
  provider: id.split('/')[0] ?? '',
  model: id.split('/')[1] ?? '',
  traits: [],
  prices: [],
})
const rulesInForce = {
  destinations: {
    openai: provider('openai', { notReady: 'OPENAI_API_KEY is not set' }),
    demo: provider('demo', { capacity: { concurrent: 8 } }),
  },
  targets: { 'openai/gpt-5-mini': target('openai/gpt-5-mini'), 'demo/echo': target('demo/echo') },
}

export const fileKey: KeyEntry = {
  id: 'from-file',
  team: 'research',
  secrets: [{ sha256: sha256Hex('gh_file') }],
  createdAt: Date.UTC(2026, 0, 1),
  tags: {},
  owner: 'file',
}

/** A minimal decision. It shows that the question arrives and that the response comes back complete. */
function explainByTeam(key: KeyEntry, resource: Resource): Explanation {
  const isAllowed = resource.name.startsWith('anthropic/')
  const rule = 'teams.research.allow.models[0]'
  return {
    key: key.id,
    team: key.team,
    resource,
    isAllowed,
    reasons: [
      isAllowed
        ? { rule, effect: 'allow', pattern: 'anthropic/*', text: 'the team allows it' }
        : { rule, effect: 'no-match', text: 'nothing allows it' },
    ],
    decidedBy: rule,
    ...(isAllowed ? {} : { fix: `add "${resource.name}" to teams.${key.team}.allow.models` }),
    targets: isAllowed ? [resource.name] : [],
  }
}

function memoryKeyStore(): KeyStore & {
  isDown: boolean
  held: Map<string, KeyEntry>
  gate: Promise<void> | undefined
  puts: number
} {
  const held = new Map<string, KeyEntry>()
  const store = {
    isDown: false,
    held,
    puts: 0,
    /** Writes wait for it. */
    gate: undefined as Promise<void> | undefined,
    all: async () => [...held.values()],
    async put(key: KeyEntry) {
      store.puts += 1
      await store.gate
      if (store.isDown) throw new StoreDown('no answer')
      held.set(key.id, key)
    },
    async remove(id: string) {
      await store.gate
      if (store.isDown) throw new StoreDown('no answer')
      held.delete(id)
    },
  }
  return store
}

function memorySignals(): Signals & { sent: Signal[] } {
  const sent: Signal[] = []
  const listeners = new Set<(signal: Signal) => void>()
  return {
    sent,
    send(signal) {
      sent.push(signal)
      for (const receive of listeners) receive(signal)
    },
    listen(receive) {
      listeners.add(receive)
      return () => void listeners.delete(receive)
    },
  }
}

/** The embedded store's own tables, in memory. The records in `held` are written before each query. */
function memoryRecords(): Records & { held: ExchangeRecord[]; failure: Error | undefined } {
  const database = openForWriting(':memory:', () => 'timeline')
  const writer = new RecordWriter(database)
  const reading = sqliteRecords(database)
  const asked =
    <Takes extends unknown[], Answer>(ask: (...takes: Takes) => Answer) =>
    async (...takes: Takes) => {
      if (store.failure) throw store.failure
      writer.insert(store.held)
      return ask(...takes)
    }
  const store = {
    held: [] as ExchangeRecord[],
    failure: undefined as Error | undefined,
    list: asked(reading.list),
    get: asked(reading.get),
    runs: asked(reading.runs),
    run: asked(reading.run),
    usage: asked(reading.usage),
    latency: asked(reading.latency),
    takeOver: asked(reading.takeOver),
  }
  return store
}

function memoryLog(lines: string[], details: string[]): Log {
  const write = (message: string, fields?: unknown, cause?: unknown) =>
    void lines.push(`${message} ${JSON.stringify(fields)} ${cause instanceof Error ? cause.name : ''}`)
  return {
    debug: (_, fields) => void details.push(JSON.stringify(fields)),
    info: write,
    warn: write,
    error: write,
  }
}

/** Ids sort by `number`. */
export function record(number: number, more: Partial<ExchangeRecord> = {}): ExchangeRecord {
  const at = more.at ?? Date.UTC(2026, 10, 23, 9) + number
  const time = Math.floor(at).toString(16).padStart(12, '0')
  return {
    id: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${number.toString(16).padStart(12, '0')}`,
    at,
    kind: 'model.generate',
    resource: { kind: 'model', name: 'fast' },
    dialect: 'openai-chat',
    isStream: false,
    key: 'ci',
    team: 'research',
    teamPath: ['research', 'engineering'],
    outcome: 'ok',
    status: 200,
    target: 'demo/echo',
    usage: { inputTokens: 10, outputTokens: 5 },
    costNano: '1500000',
    costBasis: 'usage',
    attempts: [{ number: 1, target: 'demo/echo', startedMs: 1, endedMs: 12, outcome: 'ok', status: 200 }],
    requestBytes: 100,
    replyBytes: 200,
    times: { gateMs: 0.4, firstByteMs: 5, totalMs: 12 },
    ...more,
  }
}
