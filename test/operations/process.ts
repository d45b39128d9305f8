// A gateway as a separate process, started by bin/gatehouse, for tests that kill it, freeze it or limit its
// resources.
//
//   const node = await spawnGateway({ folder, config, env })
//   … node.url, node.chat({ … }), node.admin('/records') …
//   node.signal('SIGKILL'); await node.exited
//
// Its output (`node.said()`) is kept for searches. A file that uses it adds `afterAll(() =>
// endAll())`.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { completed, testerKey } from '../journeys/gateway.ts'

export const binary = new URL('../../bin/gatehouse', import.meta.url).pathname
export const adminKey = 'gha_admin-key-that-is-no-secret-0123456789'

export interface GatewayProcess {
  url: string
  adminUrl: string
  folder: string
  configPath: string
  pid: number
  /** The exit code; a signal's number plus 128 when a signal ended it. */
  exited: Promise<number>
  /** Both outputs so far. */
  said(): string
  signal(name: NodeJS.Signals): void
  chat(
    body: object | string,
    init?: { headers?: Record<string, string>; signal?: AbortSignal; key?: string },
  ): Promise<Response>
  admin(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }>
  /** Every record of the store, oldest first. */
  records(): Promise<ExchangeRecord[]>
  ready(): Promise<{ status: number; reasons: string[]; warnings: string[] }>
}

export interface ProcessOptions {
  config: string
  folder?: string
  env?: Record<string, string>
  /** Further arguments of `serve`. */
  arguments?: readonly string[]
  /** Put before the command: `setpriv …`. */
  wrap?: readonly string[]
}

const started: { child: Bun.Subprocess; folder: string }[] = []

/** Kills running processes and removes the folders. */
export async function endAll(): Promise<void> {
  for (const { child, folder } of started.splice(0)) {
    child.kill('SIGKILL')
    await child.exited
    rmSync(folder, { recursive: true, force: true })
  }
}

export const newFolder = () => mkdtempSync(join(tmpdir(), 'gatehouse-operations-'))

/** Starts the process and returns it, ready or not. */
export function launch({
  config,
  folder = newFolder(),
  env = {},
  wrap = [],
  arguments: more = [],
}: ProcessOptions) {
  const configPath = join(folder, 'gatehouse.yaml')
  writeFileSync(configPath, completed(config))
  const child = Bun.spawn([...wrap, binary, 'serve', '--config', configPath, ...more], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', TESTER_KEY: testerKey, GATEHOUSE_ADMIN_KEY: adminKey, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  started.push({ child, folder })
  const said = { text: '', changed: () => {} }
  const keep = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      said.text += decoder.decode(chunk, { stream: true })
      said.changed()
    }
  }
  const outputs = Promise.all([keep(child.stdout), keep(child.stderr)])
  const exited = child.exited.then(async (code) => {
    await outputs
    said.changed()
    return code
  })
  return { child, folder, configPath, said, exited }
}

/** Resolves when it listens. @throws Error with its output if it ends instead */
export async function spawnGateway(options: ProcessOptions): Promise<GatewayProcess> {
  const { child, folder, configPath, said, exited } = launch(options)
  const banner = /listening on (https?:\/\/\S+)[\s\S]*providers:/
  let isOver = false
  void exited.then(() => (isOver = true))
  while (!banner.test(said.text)) {
    if (isOver) throw new Error(`the gateway ended with ${await exited}: ${said.text}`)
    await Promise.race([exited, new Promise<void>((resolve) => (said.changed = resolve))])
  }
  const url = banner.exec(said.text)?.[1] ?? ''
  const adminUrl = /admin API: (\S+)\/admin\/v1/.exec(said.text)?.[1] ?? url

  async function admin(path: string, init: RequestInit = {}) {
    const response = await fetch(`${adminUrl}/admin/v1${path}`, {
      ...init,
      headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json', ...init.headers },
    })
    return { status: response.status, body: (await response.json()) as unknown }
  }

  return {
    url,
    adminUrl,
    folder,
    configPath,
    pid: child.pid,
    exited,
    said: () => said.text,
    signal: (name) => child.kill(name),
    chat: (body, { headers = {}, signal, key = testerKey } = {}) =>
      fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
        ...(signal ? { signal } : {}),
      }),
    admin,
    async records() {
      const all: ExchangeRecord[] = []
      for (let after = ''; ; ) {
        const { body } = await admin(`/records?limit=200${after}`)
        const page = body as { records: ExchangeRecord[]; next?: string }
        all.push(...page.records)
        if (page.next === undefined) return all.toReversed()
        after = `&after=${encodeURIComponent(page.next)}`
      }
    },
    async ready() {
      const response = await fetch(`${url}/readyz`)
      return {
        status: response.status,
        ...((await response.json()) as { reasons: string[]; warnings: string[] }),
      }
    },
  }
}

/** Polls until the result is good. The gateway is another process, so only its output can be awaited. */
export async function eventually<Found>(
  what: string,
  look: () => Promise<Found | undefined | false>,
  withinMs = 15_000,
): Promise<Found> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await Bun.sleep(20)
  }
}

/** The received text of a stream, and whether it reached its end. */
export async function readAll(response: Response): Promise<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true })
    return { text, isWhole: true }
  } catch {
    return { text, isWhole: false }
  }
}
