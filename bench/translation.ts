// The cost of translation: the 1 KB call and the stream of 50 events for each front dialect before a provider
// of each dialect, four of the sixteen pairs being the front's own. Interleaved: in each repetition a front
// goes round the four providers, once per form, and pairs are compared with the front's own dialect in the
// same repetition. Needs wrk. The cases are described in README.md.
//
//   bun bench/translation.ts [--repetitions 3] [--seconds 3] [--out bench/results/translation.json] [--fronts NAME[,NAME]] [--note TEXT]

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Contender, startTranslating, startUpstream } from './contenders/start.ts'
import { type Dialect, dialects, fronts } from './fronts.ts'
import { machine } from './machine.ts'
import { median } from './median.ts'
import { atRest, reading } from './processes.ts'
import { within } from './within.ts'
import { wrk } from './wrk.ts'

const { values } = parseArgs({
  options: {
    repetitions: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    out: { type: 'string' },
    fronts: { type: 'string', default: dialects.join() },
    note: { type: 'string' },
  },
})
const [repetitions, seconds] = [Number(values.repetitions), Number(values.seconds)]
const chosen = dialects.filter((dialect) => values.fronts.split(',').includes(dialect))

const forms = { whole: '1 KB', stream: '50-event stream' } as const
type Form = keyof typeof forms
const allForms: readonly Form[] = ['whole', 'stream']
const connections = 64

interface Taken {
  form: Form
  front: Dialect
  back: Dialect
  repetition: number
  /** Of the process tree, per call. */
  cpuUs: number
  failed: number
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
const upstream = await startUpstream()
const results: Taken[] = []
let gateway: Contender | undefined
try {
  gateway = await startTranslating(upstream.port, join(folder, 'gatehouse'))
  // the first round is not counted: compilers optimize while a program runs
  for (let repetition = 0; repetition <= repetitions; repetition += 1) {
    for (const form of allForms) {
      for (const front of chosen) {
        for (const back of dialects) {
          const taken = await measure(gateway, form, front, back, repetition)
          if (repetition === 0) continue
          results.push(taken)
          console.error(JSON.stringify(taken))
        }
      }
    }
  }
} finally {
  await gateway?.stop()
  await upstream.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function measure(
  contender: Contender,
  form: Form,
  front: Dialect,
  back: Dialect,
  repetition: number,
): Promise<Taken> {
  const request = fronts[front](`${back}-${form === 'whole' ? 'whole' : 'fast'}`, form === 'stream')
  const before = reading(contender.pid)
  const limitMs = seconds * 1000 + 60_000
  const { calls, failed } = await within(
    limitMs,
    `${front} to ${back}`,
    wrk(contender, request, connections, seconds, folder),
  )
  const used = (await atRest(contender.pid)).cpuUs - before.cpuUs
  return { form, front, back, repetition, cpuUs: used / calls, failed }
}

function table(): string {
  const lines = [
    '| form | front | same dialect, µs | provider | translated, µs | × same dialect | failed |',
    '|---|---|---|---|---|---|---|',
  ]
  for (const form of allForms) {
    for (const front of chosen) {
      const own = rowsOf(form, front, front)
      for (const back of dialects) {
        if (back === front) continue
        const rows = rowsOf(form, front, back)
        const ratios = rows.map(
          (row) =>
            row.cpuUs / (own.find((other) => other.repetition === row.repetition)?.cpuUs ?? Number.NaN),
        )
        const failed = [...own, ...rows].reduce((sum, row) => sum + row.failed, 0)
        const [mine, translated] = [own, rows].map((taken) =>
          median(taken.map((row) => row.cpuUs))?.toFixed(1),
        )
        lines.push(
          `| ${forms[form]} | ${front} | ${mine} | ${back} | ${translated} | ${median(ratios)?.toFixed(2)} | ${failed} |`,
        )
      }
    }
  }
  return lines.join('\n')
}

function rowsOf(form: Form, front: Dialect, back: Dialect): Taken[] {
  return results.filter((row) => row.form === form && row.front === front && row.back === back)
}

const text = `${table()}\n`
console.log(text)
if (values.out) {
  const at = new Date().toISOString()
  mkdirSync(dirname(values.out), { recursive: true })
  writeFileSync(
    values.out,
    `${JSON.stringify({ at, machine: machine(), repetitions, seconds, note: values.note, results }, null, 1)}\n`,
  )
  const { cpu, cores, memoryMb, kernel, bun } = machine()
  const where = `${cpu}, ${cores} cores, ${memoryMb} MB, Linux ${kernel}, Bun ${bun}; ${repetitions} repetitions of ${seconds} s, ${connections} connections, ${at.slice(0, 10)}`
  writeFileSync(
    values.out.replace(/\.json$/, '.md'),
    `${where}${values.note === undefined ? '' : `; ${values.note}`}\n\n${text}`,
  )
}
