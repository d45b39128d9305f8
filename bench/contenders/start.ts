// Starts the contenders, each on a free port of loopback in front of the same upstream.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reading } from '../processes.ts'
import { within } from '../within.ts'

export interface Contender {
  name: string
  port: number
  pid: number
  /** Before the model's name. */
  modelPrefix: string
  headers: Readonly<Record<string, string>>
  /** The end of what it wrote to its standard error. */
  log(): string
  stop(): Promise<void>
}

export type Start = () => Promise<Contender>

const here = import.meta.dir
const root = join(here, '..', '..')
const bun = process.execPath

export async function startUpstream(): Promise<{ port: number; stop(): Promise<void> }> {
  const child = Bun.spawn([bun, join(here, '..', 'upstream.ts'), '0'], { stdout: 'pipe', stderr: 'inherit' })
  const { value } = await within(10_000, 'the start of the upstream', child.stdout.getReader().read())
  return { port: Number(new TextDecoder().decode(value).trim()), stop: () => stopped(child) }
}

export async function startNginx(upstream: number, folder: string): Promise<Contender> {
  const port = freePort()
  mkdirSync(folder, { recursive: true })
  const template = await Bun.file(join(here, 'nginx.conf')).text()
  const path = join(folder, 'nginx.conf')
  writeFileSync(path, template.replaceAll('PORT', String(port)).replaceAll('UPSTREAM', `127.0.0.1:${upstream}`).replaceAll('FOLDER', folder))
  return started('nginx', port, Bun.spawn(['nginx', '-c', path], quiet), '', {})
}

export function startBare(upstream: number): Promise<Contender> {
  const port = freePort()
  return started(
    'bare Bun',
    port,
    Bun.spawn([bun, join(here, 'bare.ts'), String(port), `http://127.0.0.1:${upstream}`], { ...quiet, env: wide }),
    '',
    {},
  )
}

export function startPortkey(upstream: number): Promise<Contender> {
  const port = freePort()
  const script = join(here, '..', 'node_modules', '@portkey-ai', 'gateway', 'build', 'start-server.js')
  const child = Bun.spawn(['node', script, `--port=${port}`, '--headless'], {
    ...quiet,
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port) },
  })
  return started('Portkey', port, child, '', {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstream}/v1`,
    authorization: 'Bearer upstream',
  })
}

const key = 'gh_bench-key-that-is-no-secret-0123456789abcdef'

/** Keys, grants, five budgets (key, team, three ancestors) and the journal are on; `withGuards` adds personal data and patterns on both sides; `settings` are lines of the file. */
export function startGatehouse(upstream: number, folder: string, withGuards: boolean, settings = ''): Promise<Contender> {
  const port = freePort()
  mkdirSync(folder, { recursive: true })
  const guards = withGuards
    ? `guards:
  personal-data: { kind: pii, on: [request, reply], action: redact }
  inner-names: { kind: patterns, on: [request, reply], action: block, options: { patterns: { project: "project-[a-z]{4}-secret" } } }
`
    : ''
  writeFileSync(
    join(folder, 'gatehouse.yaml'),
    `version: 1
listen: 127.0.0.1:${port}
data: ${join(folder, 'data')}
${settings}
providers:
  bench: { kind: openai-compatible, url: "http://127.0.0.1:${upstream}/v1", credential: { kind: bearer, key: "\${BENCH_UPSTREAM_KEY}" } }
models:
  bench-whole: { targets: [ { target: bench/whole, price: { input: 0.25, output: 2 } } ] }
  bench-fast: { targets: [ { target: bench/fast, price: { input: 0.25, output: 2 } } ] }
  bench-slow: { targets: [ { target: bench/slow, price: { input: 0.25, output: 2 } } ] }
  bench-open: { targets: [ { target: bench/open, price: { input: 0.25, output: 2 } } ] }
teams:
  company: { allow: { models: [ "*" ] }, budgets: [ { amount: 100000000, per: month } ] }
  division: { parent: company, budgets: [ { amount: 100000000, per: month } ] }
  department: { parent: division, budgets: [ { amount: 100000000, per: month } ] }
  team: { parent: department, budgets: [ { amount: 100000000, per: day } ] }
keys:
  bench: { team: team, secret: "\${BENCH_KEY}", budgets: [ { amount: 100000000, per: day } ] }
${guards}`,
  )
  const env = { ...wide, BENCH_UPSTREAM_KEY: 'upstream', BENCH_KEY: key }
  const child = Bun.spawn([join(root, 'bin', 'gatehouse'), 'serve', '--config', join(folder, 'gatehouse.yaml')], {
    stdout: 'ignore',
    stderr: Bun.file(join(folder, 'log')),
    env,
  })
  return started(withGuards ? 'Gatehouse + guards' : 'Gatehouse', port, child, 'bench-', { authorization: `Bearer ${key}` }, join(folder, 'log'))
}

const wide = { ...process.env, BUN_CONFIG_MAX_HTTP_REQUESTS: '65000' }
const quiet = { stdout: 'ignore', stderr: 'ignore' } as const

async function started(
  name: string,
  port: number,
  child: Bun.Subprocess,
  modelPrefix: string,
  headers: Contender['headers'],
  logPath?: string,
): Promise<Contender> {
  const log = () => (logPath === undefined ? '' : readFileSync(logPath, 'utf8').slice(-2000))
  await answers(name, port, child, log)
  return {
    name,
    port,
    pid: child.pid,
    modelPrefix,
    headers,
    log,
    stop: () => stopped(child),
  }
}

/** Asked first; one that does not end by itself is ended. */
async function stopped(child: Bun.Subprocess): Promise<void> {
  child.kill()
  await Promise.race([child.exited, Bun.sleep(10_000)])
  if (child.exitCode === null) child.kill('SIGKILL')
  await child.exited
}

async function answers(name: string, port: number, child: Bun.Subprocess, log: () => string): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode} before it answered: ${log()}`)
    const isThere = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) }).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await Bun.sleep(50)
  }
  throw new Error(`${name} does not answer on port ${port} (RSS ${reading(child.pid).rssMb} MB)`)
}

function freePort(): number {
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = probe
  probe.stop(true)
  return port
}
