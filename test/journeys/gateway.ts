// A whole gateway for journeys: the real composition root in this process, on free loopback ports, with its
// own
// data folder.
//
//   const gatehouse = await startGateway({ config: `…yaml…`, env: { OPENAI_KEY: 'sk-upstream' } })
//   … gatehouse.url, gatehouse.key, gatehouse.admin('/records') …
//   await gatehouse.stop()            // in afterEach; removes the folder
//
// `listen` and `data` are added to the configuration. If it has no keys, one is added: `tester` of the team
// `testers`, which may use everything. Its secret is `gatehouse.key`. With `clock` a test moves time by
// hand.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import type { Files } from '../../src/gateway/record/index.ts'
import type { Clock } from '../../src/kit/clock.ts'
import type { FakeClock } from '../../src/kit/fake-clock.ts'
import { createJsonLog } from '../../src/kit/log.ts'
import { type RunningGatehouse, serve } from '../../src/main.ts'
import type { TrafficModule } from '../../src/main/modules.ts'

export interface Gatehouse {
  url: string
  /** The same URL, unless the admin API has its own port. */
  adminUrl: string
  /** Secret of the key `tester`. */
  key: string
  adminKey: string
  folder: string
  /** The configuration file, for edits. */
  configPath: string
  /** Every line of the log so far. */
  log: string[]
  printed: string[]
  /** Posts to /v1/chat/completions as `tester`. */
  chat(
    body: object | string,
    init?: { headers?: Record<string, string>; signal?: AbortSignal; key?: string },
  ): Promise<Response>
  /** Calls the admin API; returns parsed JSON. */
  admin(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }>
  /** Waits until the store has at least `count` records and returns them, oldest first. */
  records(count: number): Promise<ExchangeRecord[]>
  /** The newest record that matches `is`, once it is in the store. */
  find(is: (record: ExchangeRecord) => boolean): Promise<ExchangeRecord>
  /** The record of one exchange, once it is in the store. */
  record(exchange: string | null): Promise<ExchangeRecord>
  stop(): Promise<void>
  /** Stops without removing the folder, to start another one on it. */
  stopOnly(): Promise<void>
}

export interface GatewayOptions {
  /** YAML without `version`, `listen`, `data`, `admin`. */
  config: string
  env?: Record<string, string>
  clock?: Clock
  /** `host:port` of a separate port for the admin API. */
  adminListen?: string
  /** Replaces the journal's disk. */
  files?: Files
  /** The folder of an earlier gateway. */
  folder?: string
  /** Traffic modules in addition to those of the build. */
  modules?: readonly TrafficModule[]
}

export const testerKey = 'gh_tester-key-that-is-no-secret-0123456789'
const adminKey = 'gha_admin-key-that-is-no-secret-0123456789'

export async function startGateway({
  config,
  env = {},
  clock,
  adminListen,
  files,
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-')),
  modules,
}: GatewayOptions): Promise<Gatehouse> {
  const configPath = join(folder, 'gatehouse.yaml')
  writeFileSync(configPath, completed(config, adminListen))
  const log: string[] = []
  const printed: string[] = []
  const running: RunningGatehouse = await serve({
    configPath,
    env: { TESTER_KEY: testerKey, GATEHOUSE_ADMIN_KEY: adminKey, ...env },
    print: (line) => void printed.push(line),
    log: createJsonLog((line) => void log.push(line), Date.now, 'debug'),
    folder,
    ...(clock ? { clock } : {}),
    ...(files ? { files } : {}),
    ...(modules ? { modules } : {}),
  })

  // a clock that a test moves does not advance while it waits
  const advance = clock && 'advance' in clock ? (clock as FakeClock).advance : undefined

  async function admin(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${running.adminUrl}/admin/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json', ...init.headers },
    })
    return { status: response.status, body: await response.json() }
  }

  async function until<Found>(look: () => Promise<Found | undefined>, what: string): Promise<Found> {
    const deadline = performance.now() + 15_000
    for (let turn = 0; ; turn += 1) {
      // the clock syncs the journal before the drain; rarely, because the store's own deadlines use the same
      // clock
      if (turn % 50 === 0) advance?.(100)
      const found = await look()
      if (found !== undefined) return found
      if (performance.now() > deadline)
        throw new Error(`${what} did not come about in 15 s; the log says:\n${log.join('')}`)
      // the drain is another thread: only its result can be awaited
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  return {
    url: running.url,
    adminUrl: running.adminUrl,
    key: testerKey,
    adminKey,
    folder,
    configPath,
    log,
    printed,
    chat: (body, { headers = {}, signal, key = testerKey } = {}) =>
      fetch(`${running.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal ? { signal } : {}),
      }),
    admin,
    records: (count) =>
      until(async () => {
        const { body } = await admin('/records?limit=200')
        const { records } = body as { records: ExchangeRecord[] }
        return records.length >= count ? records.reverse() : undefined
      }, `${count} records`),
    find: (is) =>
      until(async () => {
        const { body } = await admin('/records?limit=200')
        return (body as { records: ExchangeRecord[] }).records.find(is)
      }, 'the record'),
    record: (exchange) =>
      until(async () => {
        const { status, body } = await admin(`/records/${exchange}`)
        return status === 200 ? (body as ExchangeRecord) : undefined
      }, `the record of ${exchange}`),
    async stop() {
      await running.stop()
      rmSync(folder, { recursive: true, force: true })
    },
    stopOnly: () => running.stop(),
  }
}

/** The configuration with everything a journey needs; also for edits of `configPath`. */
export function completed(config: string, adminListen?: string): string {
  const head =
    'version: 1\nlisten: 127.0.0.1:0\ndata: ./data\nadmin: { key: "${GATEHOUSE_ADMIN_KEY}"' +
    (adminListen === undefined ? ' }\n' : `, listen: "${adminListen}" }\n`)
  const teams = /^teams:/m.test(config) ? '' : 'teams:\n  testers: { allow: { models: ["*", "*/*"] } }\n'
  const keys = /^keys:/m.test(config) ? '' : 'keys:\n  tester: { team: testers, secret: "${TESTER_KEY}" }\n'
  return `${head}${config}\n${teams}${keys}`
}
