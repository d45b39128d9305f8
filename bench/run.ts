// Compares contenders in one interleaved run: in each repetition every case goes round all contenders before
// the next case begins, so that a noisy moment of the machine meets them all. Needs nginx, wrk and, for
// Portkey, `npm ci --prefix bench`. The cases are described in README.md.
//
//   bun bench/run.ts [--repetitions 3] [--seconds 4] [--out bench/results/NAME.json] [--only CASE[,CASE]] [--without NAME[,NAME]] [--note TEXT]

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { cases } from './cases.ts'
import {
  type Contender,
  type Start,
  startBare,
  startGatehouse,
  startNginx,
  startPortkey,
  startUpstream,
} from './contenders/start.ts'
import { machine } from './machine.ts'
import type { Measured } from './measured.ts'
import { table } from './table.ts'
import { within } from './within.ts'

const { values } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    out: { type: 'string' },
    only: { type: 'string' },
    without: { type: 'string', default: '' },
    note: { type: 'string' },
  },
})
const repetitions = Number(values.repetitions)
const seconds = Number(values.seconds)
const warmUpSeconds = 8
const only = values.only?.split(',')
const left = values.without.split(',')

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const upstream = await startUpstream()
let started = 0
/** Each start gets its own folder, because two gateways of the same kind may run at once. */
const place = () => join(folder, String((started += 1)))
const starts: Record<string, Start> = {
  nginx: () => startNginx(upstream.port, place()),
  'bare Bun': () => startBare(upstream.port),
  Gatehouse: () => startGatehouse(upstream.port, place(), false),
  'Gatehouse + guards': () => startGatehouse(upstream.port, place(), true),
  Portkey: () => startPortkey(upstream.port),
}
if (!existsSync(join(import.meta.dir, 'node_modules', '@portkey-ai'))) delete starts.Portkey

const results: Measured[] = []
const running: { contender: Contender; start: Start }[] = []
try {
  for (const [name, start] of Object.entries(starts))
    if (!left.includes(name)) running.push({ contender: await start(), start })
  for (const [name, run] of Object.entries(cases)) {
    if (only && !only.includes(name)) continue
    // compilers that optimize while a program runs are done before anything is counted: they are at it for
    // some 20,000 calls
    for (const { contender, start } of running) await measure(name, run, contender, start, 0)
  }
  for (let repetition = 1; repetition <= repetitions; repetition += 1) {
    for (const [name, run] of Object.entries(cases)) {
      if (only && !only.includes(name)) continue
      for (const { contender, start } of running) {
        const measured = await measure(name, run, contender, start, repetition)
        results.push(measured)
        console.error(JSON.stringify(measured))
      }
    }
  }
} finally {
  for (const { contender } of running) await contender.stop()
  await upstream.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function measure(
  name: string,
  run: (typeof cases)[string],
  contender: Contender,
  start: Start,
  repetition: number,
): Promise<Measured> {
  const isWarmUp = repetition === 0
  const lasting = isWarmUp ? Math.max(seconds, warmUpSeconds) : seconds
  const limitMs = lasting * 1000 + 120_000
  const measured = within(
    limitMs,
    `${name} of ${contender.name}`,
    run({ contender, start, folder, seconds: lasting, isWarmUp }),
  )
  return { case: name, contender: contender.name, repetition, ...(await measured) }
}

const text = `${table(results)}\n`
console.log(text)
if (values.out) {
  mkdirSync(dirname(values.out), { recursive: true })
  writeFileSync(
    values.out,
    `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), repetitions, seconds, note: values.note, results }, null, 1)}\n`,
  )
  const { cpu, cores, memoryMb, kernel, bun } = machine()
  const where = `${cpu}, ${cores} cores, ${memoryMb} MB, Linux ${kernel}, Bun ${bun}; ${repetitions} repetitions of ${seconds} s, ${new Date().toISOString().slice(0, 10)}`
  writeFileSync(
    values.out.replace(/\.json$/, '.md'),
    `${where}${values.note === undefined ? '' : `; ${values.note}`}\n\n${text}`,
  )
}
