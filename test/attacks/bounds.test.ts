// Tests the bounds on what strangers and tenants may use: connections, runs and file permissions.

import { afterEach, expect, test } from 'bun:test'
import { declare } from '../money/declare.ts'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyEntry } from '../../src/contract/directory.ts'
import type { BudgetRule, Snapshot } from '../../src/contract/snapshot.ts'
import { createAdmission, budgetsOfRules, createMemoryCounters } from '../../src/gateway/admit/index.ts'
import { type PrincipalEntry, createPrincipals } from '../../src/gateway/identify/index.ts'
import { type Listening, serve } from '../../src/gateway/server.ts'
import { createFakeClock } from '../../src/kit/fake-clock.ts'
import { createJsonLog } from '../../src/kit/log.ts'
import { createRealClock } from '../../src/kit/real-clock.ts'
import { memoryLedger } from '../../src/storage/memory/index.ts'
import { startGateway } from '../journeys/gateway.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const as = (principal: PrincipalEntry) => ({
  principal,
  subject: principal.subject,
  resource: { kind: 'model', name: 'm' } as const,
})

function listening(): Listening {
  const server = serve({
    host: '127.0.0.1',
    port: 0,
    idleSeconds: 1,
    endpoints: [
      {
        method: 'POST',
        path: '/known',
        credential: () => undefined,
        refuse: ({ row }) => new Response(null, { status: row.status }),
        async handle(call) {
          await call.body('known')
          const ended = call.streamed()
          const slow = new ReadableStream<Uint8Array>({
            async pull(controller) {
              await new Promise((resolve) => setTimeout(resolve, 6000))
              controller.enqueue(Buffer.from('late'))
              ended()
              controller.close()
            },
          })
          return new Response(slow)
        },
      },
      {
        method: 'POST',
        path: '/whole',
        credential: () => undefined,
        refuse: ({ row }) => new Response(null, { status: row.status }),
        async handle(call) {
          await call.body('known')
          return new Response('whole')
        },
      },
    ],
    inside: (_, path) => (path === '/healthz' ? new Response('ok') : undefined),
    trustedProxies: [],
    limits: () => ({ bodyBytes: 1000, bodiesBytes: 10_000, bodyMs: 60_000 }),
    clock: createRealClock(),
    log: createJsonLog(() => {}, Date.now),
  })
  ends.push(() => server.stopNow())
  return server
}

/** The text that was received until the server closed the connection, or until `isEnough`. */
const talk = (port: number, text: string, isEnough: (said: string) => boolean = () => false) =>
  new Promise<string>((resolve) => {
    let said = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (chunk) => {
      said += chunk
      if (isEnough(said)) socket.destroy()
    })
    socket.on('close', () => resolve(said))
    ends.push(() => socket.destroy())
  })

test('a silent connection of a stranger is closed, and a silent stream of a known caller is not', async () => {
  const { port } = listening()
  const stranger = talk(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  const nobody = talk(port, 'GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n')
  const known = talk(port, 'POST /known HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}', (said) =>
    said.includes('late'),
  )
  expect(await stranger).toContain('200 OK')
  expect(await nobody).toContain('404 Not Found')
  expect(await known).toContain('late')
}, 15_000)

test('a connection that is silent after a call is closed, also after a streamed call', async () => {
  const { port } = listening()
  // The client does not leave: the promise resolves when the server closes.
  const streamed = talk(port, 'POST /known HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}')
  const whole = talk(port, 'POST /whole HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}')
  expect(await whole).toContain('200 OK')
  expect(await streamed).toContain('late')
}, 20_000)

test('no other user of the machine can read the data folder, even if it was readable before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'))
  mkdirSync(join(folder, 'data'))
  chmodSync(join(folder, 'data'), 0o755)
  const before = process.umask(0o022)
  try {
    const gatehouse = await startGateway({ config: 'providers: { demo: { kind: demo } }', folder })
    await (await gatehouse.chat({ model: 'demo/echo', messages: [{ role: 'user', content: 'x' }] })).text()
    const entries = readdirSync(join(folder, 'data'), { withFileTypes: true, recursive: true })
    const open = entries.filter(
      (entry) => entry.isFile() && (statSync(join(entry.parentPath, entry.name)).mode & 0o077) !== 0,
    )
    expect(open.map(({ name }) => name)).toEqual([])
    expect(entries.length).toBeGreaterThan(6)
    await gatehouse.stop()
  } finally {
    process.umask(before)
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a caller that invents endless runs does not keep others from their budgets', async () => {
  const clock = createFakeClock()
  let id = 0
  const ledger = memoryLedger({ clock, newId: () => `id-${++id}`, newNonce: () => `nonce-${++id}` })
  const registration = await ledger.register({ bootId: 'b', proven: [] })
  const budget = (name: string, per: BudgetRule['per']): BudgetRule => ({
    id: name,
    unit: 'usd',
    amount: '1000000000',
    per,
    zone: 'UTC',
    isHard: true,
    capsOutput: false,
  })
  const entry = (name: string, budgets: BudgetRule[]): KeyEntry => ({
    id: name,
    team: 't',
    secrets: [],
    createdAt: 0,
    tags: {},
    owner: 'file',
    budgets,
  })
  const guest = entry('guest', [budget('key/guest/run', 'run')])
  const good = entry('good', [budget('key/good/month', 'month')])
  const snapshot: Snapshot = {
    version: 'v',
    compiledAt: 0,
    destinations: {},
    targets: {},
    models: {},
    teams: {},
    guards: [],
    policies: [],
    limits: { bodyBytes: 1, bodiesBytes: 1_000_000_000, depth: 1, inFlight: 1, bodyMs: 1 },
    acceptsBareVendorNames: false,
    responses: { keepMs: 0, bytesPerKey: 1, totalBytes: 1, storesUpstream: false },
    retry: { attempts: 2, withinMs: 20_000 },
    drainOnClientGoneMs: 0,
  }
  const door = createAdmission({
    ledger,
    clock,
    counters: createMemoryCounters(clock),
    registration,
    register: () => Promise.resolve(registration),
  })
  ends.push(() => door.stop())
  await declare(ledger, [...budgetsOfRules(snapshot, [guest, good]).budgets.values()])
  await door.activate(snapshot)
  const target = { id: 'p/m', provider: 'p', model: 'm', traits: [], prices: [{ input: 0, output: 1_000 }] }
  const demand = {
    inputTokens: 0,
    outputTokens: 1,
    hasUnboundedFees: false,
    typicalTokens: 1,
    typicalInputTokens: 1,
  }
  const principals = createPrincipals(snapshot)
  const call = async (key: KeyEntry, run: string) => {
    const ticket = await door.admit({ ...as(principals.of(key)), run, typicalTokens: 1 })
    try {
      return await door.reserve(ticket, { target, demand, at: clock.now() })
    } finally {
      door.release(ticket)
    }
  }
  let refused: unknown
  for (let from = 0; refused === undefined && from < 60_000; from += 100) {
    const responses = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => call(guest, `run-${from + index}`)),
    )
    refused = responses.find((response) => response.status === 'rejected')?.reason
  }
  expect(refused).toMatchObject({
    code: 'too-many-runs',
    message: expect.stringContaining('10000 open runs'),
  })
  expect(door.status().buckets).toBeLessThan(51_100)
  expect(await call(good, 'any')).toMatchObject({ isHard: true })
}, 20_000)
