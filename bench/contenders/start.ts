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
/** Another checkout, to compare two builds. */
const ourBuild = process.env['BENCH_GATEHOUSE'] ?? join(here, '..', '..')
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
  writeFileSync(
    path,
    template
      .replaceAll('PORT', String(port))
      .replaceAll('UPSTREAM', `127.0.0.1:${upstream}`)
      .replaceAll('FOLDER', folder),
  )
  return started('nginx', port, Bun.spawn(['nginx', '-c', path], quiet), '', {})
}

export function startBare(upstream: number): Promise<Contender> {
  const port = freePort()
  return started(
    'bare Bun',
    port,
    Bun.spawn([bun, join(here, 'bare.ts'), String(port), `http://127.0.0.1:${upstream}`], {
      ...quiet,
      env: wide,
    }),
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

export const key = 'gh_bench-key-that-is-no-secret-0123456789abcdef'

/** Five budgets: the key's, its team's, and three ancestors'. */
const people = `teams:
  company: { allow: { models: [ "*" ] }, budgets: [ { amount: 100000000, per: month } ] }
  division: { parent: company, budgets: [ { amount: 100000000, per: month } ] }
  department: { parent: division, budgets: [ { amount: 100000000, per: month } ] }
  team: { parent: department, budgets: [ { amount: 100000000, per: day } ] }
keys:
  bench: { team: team, secret: "\${BENCH_KEY}", budgets: [ { amount: 100000000, per: day } ] }
`

/**
 * Keys, grants, five budgets and the journal are on; `withGuards` adds personal data and patterns on both
 * sides; `settings` are lines of the file; `build` is the checkout to start.
 */
export function startGatehouse(
  upstream: number,
  folder: string,
  withGuards: boolean,
  settings = '',
  build = ourBuild,
): Promise<Contender> {
  const guards = withGuards
    ? `guards:
  personal-data: { kind: pii, on: [request, response], action: redact }
  inner-names: { kind: patterns, on: [request, response], action: block, options: { patterns: { project: "project-[a-z]{4}-secret" } } }
`
    : ''
  const models = ['whole', 'fast', 'slow', 'open'].map(
    (name) =>
      `  bench-${name}: { targets: [ { target: bench/${name}, price: { input: 0.25, output: 2 } } ] }\n`,
  )
  const parts = `${settings}
providers:
  bench: { kind: openai-compatible, url: "http://127.0.0.1:${upstream}/v1", credential: { kind: bearer, key: "\${BENCH_UPSTREAM_KEY}" } }
models:
${models.join('')}${guards}`
  return launched(withGuards ? 'Gatehouse + guards' : 'Gatehouse', folder, parts, build)
}

/**
 * A provider of each dialect, all of them the upstream; `openai-chat-whole` is its model `whole`, reached
 * through a provider of OpenAI chat.
 */
export function startTranslating(upstream: number, folder: string): Promise<Contender> {
  const url = `http://127.0.0.1:${upstream}`
  const providers = {
    'openai-chat': `kind: openai-compatible, url: "${url}/v1"`,
    'openai-responses': `kind: openai-compatible, url: "${url}/v1", options: { protocols: [openai-responses] }`,
    'anthropic-messages': `kind: anthropic, url: "${url}"`,
    gemini: `kind: gemini, url: "${url}"`,
  }
  const names = Object.keys(providers)
  const models = names.flatMap((name) =>
    ['whole', 'fast'].map(
      (model) =>
        `  ${name}-${model}: { targets: [ { target: ${name}/${model}, price: { input: 0.25, output: 2 } } ] }\n`,
    ),
  )
  const parts = `providers:
${Object.entries(providers)
  .map(([name, provider]) => `  ${name}: { ${provider}, key: "\${BENCH_UPSTREAM_KEY}" }\n`)
  .join('')}models:
${models.join('')}`
  return launched('Gatehouse', folder, parts)
}

/** @param parts of its configuration file, in addition to address and teams */
function launched(name: string, folder: string, parts: string, build = ourBuild): Promise<Contender> {
  const port = freePort()
  mkdirSync(folder, { recursive: true })
  const [file, log] = [join(folder, 'gatehouse.yaml'), join(folder, 'log')]
  writeFileSync(
    file,
    `version: 1\nlisten: 127.0.0.1:${port}\ndata: ${join(folder, 'data')}\n${parts}${people}`,
  )
  const env = { ...wide, BENCH_UPSTREAM_KEY: 'upstream', BENCH_KEY: key }
  const child = Bun.spawn([join(build, 'bin', 'gatehouse'), 'serve', '--config', file], {
    stdout: 'ignore',
    stderr: Bun.file(log),
    env,
  })
  return started(name, port, child, 'bench-', { authorization: `Bearer ${key}` }, log)
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
  await waitUntilItResponds(name, port, child, log)
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

async function waitUntilItResponds(
  name: string,
  port: number,
  child: Bun.Subprocess,
  log: () => string,
): Promise<void> {
  for (let waited = 0; waited < 20_000; waited += 50) {
    if (child.exitCode !== null)
      throw new Error(`${name} ended with code ${child.exitCode} before it answered: ${log()}`)
    const isThere = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(2_000),
    }).then(
      () => true,
      () => false,
    )
    if (isThere) return
    await Bun.sleep(50)
  }
  throw new Error(`${name} does not respond on port ${port} (RSS ${reading(child.pid).rssMb} MB)`)
}

function freePort(): number {
  const probe = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const { port } = probe
  probe.stop(true)
  return port
}
