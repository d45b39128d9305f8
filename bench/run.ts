// Compares contenders in one interleaved run: in each repetition every case goes round all contenders before the next case begins, so that
// a noisy moment of the machine meets them all. Needs nginx, wrk and, for Portkey, `npm ci --prefix bench`.
//
//   bun bench/run.ts [--repetitions 3] [--seconds 4] [--out bench/results/NAME.json] [--only CASE[,CASE]] [--without NAME[,NAME]]

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BodyName, bodies } from './bodies.ts'
import { type Contender, startBare, startGatehouse, startNginx, startPortkey, startUpstream } from './contenders/start.ts'
import { client, paced } from './load.ts'
import { reading } from './processes.ts'
import { table } from './table.ts'

const { values } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    out: { type: 'string' },
    only: { type: 'string' },
    without: { type: 'string', default: '' },
  },
})
const repetitions = Number(values.repetitions)
const seconds = Number(values.seconds)

export interface Measured {
  case: string
  contender: string
  repetition: number
  /** CPU µs of the process tree per call, or per event for slow streams. */
  cpuUs?: number
  callsPerSecond?: number
  p50Ms?: number
  p99Ms?: number
  rssMb?: number
  failed?: number
}

type Case = (contender: Contender, folder: string) => Promise<Omit<Measured, 'case' | 'contender' | 'repetition'>>

const cases: Record<string, Case> = {
  '1 KB': saturated('1 KB', 64),
  '100 KB': saturated('100 KB', 32),
  '1 MB prose': saturated('1 MB prose', 8),
  '1 MB dense JSON': saturated('1 MB dense JSON', 8),
  'fast stream': saturated('fast stream', 64),
  'slow streams': saturated('slow streams', 500, 50),
  'paced 2000/s': async (contender) => {
    const before = reading(contender.pid)
    const result = await paced({ port: contender.port, body: bodies(contender.modelPrefix)['1 KB'], headers: contender.headers }, 2000, seconds)
    const cpuUs = (reading(contender.pid).cpuUs - before.cpuUs) / result.calls
    return { cpuUs, p50Ms: result.p50Ms, p99Ms: result.p99Ms, failed: result.failed }
  },
  'open streams': async (contender) => {
    const load = client({ port: contender.port, body: bodies(contender.modelPrefix)['open streams'], headers: contender.headers })
    for (let opened = 0; opened < 1000; opened += 50) {
      for (let index = 0; index < 50; index += 1) void load.call()
      await Bun.sleep(40)
    }
    await Bun.sleep(500)
    const { rssMb } = reading(contender.pid)
    load.abortAll()
    await Bun.sleep(300)
    return { rssMb }
  },
}

function saturated(body: BodyName, connections: number, perCall = 1): Case {
  return async (contender, folder) => {
    const script = join(folder, 'post.lua')
    const headers = Object.entries(contender.headers).map(([name, value]) => `wrk.headers["${name}"] = ${JSON.stringify(value)}`)
    writeFileSync(join(folder, 'body.json'), bodies(contender.modelPrefix)[body])
    writeFileSync(
      script,
      `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\n${headers.join('\n')}\nlocal file = io.open("${join(folder, 'body.json')}", "rb")\nwrk.body = file:read("*a")\nfile:close()\n`,
    )
    const before = reading(contender.pid)
    const wrk = Bun.spawnSync([
      'wrk',
      '-t1',
      `-c${connections}`,
      `-d${seconds}s`,
      '--timeout',
      '30s',
      '-s',
      script,
      `http://127.0.0.1:${contender.port}/v1/chat/completions`,
    ])
    const text = wrk.stdout.toString()
    const calls = Number(/(\d+) requests in/.exec(text)?.[1] ?? 0)
    const failed = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0)
    const used = reading(contender.pid).cpuUs - before.cpuUs
    if (calls === 0) throw new Error(`${contender.name} answered nothing: ${text}${wrk.stderr.toString()}`)
    return { cpuUs: used / calls / perCall, callsPerSecond: Math.round(calls / seconds), failed }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const upstream = await startUpstream()
const left = values.without.split(',')
const starts: Record<string, () => Promise<Contender>> = {
  nginx: () => startNginx(upstream.port, join(folder, 'nginx')),
  'bare Bun': () => startBare(upstream.port),
  Gatehouse: () => startGatehouse(upstream.port, join(folder, 'gatehouse'), false),
  'Gatehouse + guards': () => startGatehouse(upstream.port, join(folder, 'guarded'), true),
  Portkey: () => startPortkey(upstream.port),
}
if (!existsSync(join(import.meta.dir, 'node_modules', '@portkey-ai'))) delete starts.Portkey
const contenders: Contender[] = []
for (const [name, start] of Object.entries(starts)) if (!left.includes(name)) contenders.push(await start())

const results: Measured[] = []
try {
  for (const contender of contenders) for (const body of ['1 KB', 'fast stream'] as const) await saturated(body, 16)(contender, folder)
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const [name, run] of Object.entries(cases)) {
      if (values.only && !values.only.split(',').includes(name)) continue
      for (const contender of contenders) {
        const measured = { case: name, contender: contender.name, repetition, ...(await run(contender, folder)) }
        results.push(measured)
        console.error(JSON.stringify(measured))
      }
    }
  }
} finally {
  for (const contender of contenders) await contender.stop()
  upstream.stop()
  rmSync(folder, { recursive: true, force: true })
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryMb: Math.round(Number(/MemTotal:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024),
  kernel: readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim(),
  bun: Bun.version,
}
console.log(table(results))
if (values.out) writeFileSync(values.out, `${JSON.stringify({ at: new Date().toISOString(), machine, repetitions, seconds, results }, null, 2)}\n`)
