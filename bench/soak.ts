// Does memory stay flat? Many calls with random aborts, the memory of the process tree sampled all the while.
// Ends with 1 when it grew.
//
//   bun bench/soak.ts [--calls 200000] [--connections 64] [--seed N] [--out bench/results/NAME.json]
//
// Of ten calls four are whole responses, four fast streams, one a slow stream, one a stream that never ends;
// a fifth of the first two and most of the others are left by the client after a random time.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BodyName, bodies } from './bodies.ts'
import { startGatehouse, startUpstream } from './contenders/start.ts'
import { client } from './load.ts'
import { machine } from './machine.ts'
import { atRest, reading } from './processes.ts'
import { within } from './within.ts'

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '200000' },
    connections: { type: 'string', default: '64' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    out: { type: 'string' },
  },
})
const total = Number(values.calls)
const random = mulberry32(Number(values.seed))
const longestCallMs = 60_000

interface Sample {
  calls: number
  rssMb: number
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-soak-'))
const upstream = await startUpstream()
try {
  // Under a hard budget a response is read on after its client disconnected. A stream that never ends would
  // be there for the usual 30 s: thousands at once.
  const gatehouse = await startGatehouse(upstream.port, folder, false, 'drainOnClientGone: 2s')
  try {
    await soak(gatehouse)
  } finally {
    await gatehouse.stop()
  }
} finally {
  await upstream.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function soak({
  port,
  pid,
  headers,
  modelPrefix,
}: Awaited<ReturnType<typeof startGatehouse>>): Promise<void> {
  const all = bodies(modelPrefix)
  const names: BodyName[] = ['1 KB', 'fast stream', 'slow streams', 'open streams']
  const clients = new Map(names.map((name) => [name, client({ port, headers, body: all[name] })]))
  const samples: Sample[] = []
  let begun = 0
  let left = 0
  const bad = new Map<string, number>()
  const sampling = setInterval(() => samples.push({ calls: begun, rssMb: reading(pid).rssMb }), 1000)

  async function caller(): Promise<void> {
    while (begun < total) {
      begun += 1
      const { name, leaveAfterMs } = draw()
      const call = clients.get(name)?.call(performance.now(), leaveAfterMs)
      if (!call) return
      const ended = await within(longestCallMs, `a call (${name})`, call)
      if (ended.hasLeft) left += 1
      else if (!ended.isGood)
        bad.set(`${name}: ${ended.status}`, (bad.get(`${name}: ${ended.status}`) ?? 0) + 1)
    }
  }

  await Promise.all(Array.from({ length: Number(values.connections) }, caller))
  clearInterval(sampling)
  for (const one of clients.values()) one.close()
  const { rssMb: restMb } = await atRest(pid)
  report(samples, { left, bad: Object.fromEntries(bad), restMb })
}

function draw(): { name: BodyName; leaveAfterMs?: number } {
  const dice = random() * 10
  if (dice >= 9) return { name: 'open streams', leaveAfterMs: random() * 200 }
  if (dice >= 8)
    return random() < 0.95 ? { name: 'slow streams', leaveAfterMs: random() * 300 } : { name: 'slow streams' }
  const name = dice >= 4 ? 'fast stream' : '1 KB'
  return random() < 0.2 ? { name, leaveAfterMs: random() * 20 } : { name }
}

function report(
  samples: readonly Sample[],
  { left, bad, restMb }: { left: number; bad: Record<string, number>; restMb: number },
): void {
  const tenths = Array.from({ length: 10 }, (_, tenth) => {
    const from = (total * tenth) / 10
    const within = samples
      .filter(({ calls }) => calls >= from && calls <= from + total / 10)
      .map(({ rssMb }) => rssMb)
    return within.sort((low, high) => low - high)[Math.floor(within.length / 2)]
  })
  // The first fifth fills caches and compiles. After that, memory must not grow by more than noise.
  const [early, late] = [mean(tenths.slice(2, 5)), mean(tenths.slice(7, 10))]
  const isFlat = late - early <= Math.max(10, early * 0.1)
  console.log(
    `${total} calls (seed ${values.seed}), ${left} left by the client, failed by status: ${JSON.stringify(bad)}`,
  )
  console.log(
    `RSS by tenths of the calls, MB: ${tenths.map((tenth) => tenth?.toFixed(0) ?? '?').join(' ')}; at rest afterwards ${restMb.toFixed(0)}`,
  )
  console.log(isFlat ? 'flat' : `it grew: ${early.toFixed(0)} → ${late.toFixed(0)} MB`)
  if (values.out) {
    mkdirSync(dirname(values.out), { recursive: true })
    const result = {
      at: new Date().toISOString(),
      machine: machine(),
      calls: total,
      seed: Number(values.seed),
      left,
      bad,
      tenths,
      restMb,
      isFlat,
      samples,
    }
    writeFileSync(values.out, `${JSON.stringify(result, null, 1)}\n`)
  }
  if (!isFlat || Object.keys(bad).length > 0) process.exitCode = 1
}

function mean(numbers: readonly (number | undefined)[]): number {
  const known = numbers.filter((one) => one !== undefined)
  return known.reduce((sum, one) => sum + one, 0) / Math.max(1, known.length)
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
