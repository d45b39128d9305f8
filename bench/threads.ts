// What a warm call costs, thread by thread, in two or more builds that take turns on one machine.
//
//   bun bench/threads.ts --builds /path/to/base,. [--case '1 KB'] [--rounds 4] [--seconds 8] [--warm 10]
//
// Only ratios of one run say something. The clock of a round stops when the process is at rest again, so the
// drain of the journal is counted.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BodyName, bodies } from './bodies.ts'
import { type Contender, startGatehouse, startUpstream } from './contenders/start.ts'
import { median } from './median.ts'
import { atRest } from './processes.ts'
import { wrk } from './wrk.ts'

const { values } = parseArgs({
  options: {
    builds: { type: 'string', default: '.' },
    case: { type: 'string', default: '1 KB' },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '8' },
    warm: { type: 'string', default: '10' },
    connections: { type: 'string', default: '32' },
  },
})
const usPerTick = 10_000

/** CPU µs of each thread by its kind. */
function threads(pid: number): Map<string, number> {
  const used = new Map<string, number>()
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const text = readFileSync(`/proc/${pid}/task/${id}/stat`, 'latin1')
    const end = text.lastIndexOf(')')
    const name = id === String(pid) ? 'main' : text.slice(text.indexOf('(') + 1, end)
    const fields = text.slice(end + 2).split(' ')
    const us = (Number(fields[11]) + Number(fields[12])) * usPerTick
    used.set(name, (used.get(name) ?? 0) + us)
  }
  return used
}

async function measure(contender: Contender, seconds: number, folder: string): Promise<Map<string, number>> {
  const before = threads(contender.pid)
  const request = {
    path: '/v1/chat/completions',
    headers: contender.headers,
    body: bodies(contender.modelPrefix)[values.case as BodyName],
  }
  const { calls, failed } = await wrk(contender, request, Number(values.connections), seconds, folder)
  if (failed > 0) throw new Error(`${failed} of ${calls} calls failed: ${contender.log()}`)
  await atRest(contender.pid)
  const cost = new Map<string, number>()
  let all = 0
  for (const [name, us] of threads(contender.pid)) {
    const each = (us - (before.get(name) ?? 0)) / calls
    all += each
    cost.set(name, each)
  }
  return cost.set('all', all).set('calls', calls)
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-threads-'))
const upstream = await startUpstream()
const builds = values.builds.split(',')
const contenders: Contender[] = []
try {
  for (const [index, build] of builds.entries())
    contenders.push(await startGatehouse(upstream.port, join(folder, String(index)), false, '', build))
  for (const contender of contenders) await measure(contender, Number(values.warm), folder)
  const rounds = contenders.map((): Map<string, number>[] => [])
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const [index, contender] of contenders.entries())
      rounds[index]?.push(await measure(contender, Number(values.seconds), folder))
  for (const [index, costs] of rounds.entries()) {
    const names = new Set(costs.flatMap((cost) => [...cost.keys()]))
    const of = (name: string) => median(costs.map((cost) => cost.get(name) ?? 0)) ?? 0
    const shown = [...names].filter((name) => of(name) >= 0.5).sort((a, b) => of(b) - of(a))
    console.log(`${builds[index]}: ${shown.map((name) => `${name} ${of(name).toFixed(1)}`).join(', ')}`)
    console.log(
      `  rounds (all, main): ${costs.map((cost) => `${cost.get('all')?.toFixed(0)}/${cost.get('main')?.toFixed(0)}`).join(' ')}`,
    )
  }
} finally {
  for (const contender of contenders) await contender.stop()
  await upstream.stop()
  rmSync(folder, { recursive: true, force: true })
}
