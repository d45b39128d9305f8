// What compiling a large configuration costs: CPU of each stage, for a growing number of teams and models. Run by `bun bench/compile.ts`, which prints
// the table of bench/results/compile.md.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfiguration, secretBox } from '../src/control/index.ts'
import { kinds } from '../src/main/kinds.ts'
import { largeConfiguration } from '../test/config/large.ts'
import { median } from './median.ts'

const rounds = 7
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-compile-'))
const path = join(folder, 'gatehouse.yaml')
const box = secretBox(new Uint8Array(32).fill(1))

const cpuMs = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

console.log('| teams | models | file, KB | CPU, ms (median of 7) |\n|---|---|---|---|')
for (const [teams, models] of [
  [100, 100],
  [1_000, 500],
  [5_000, 2_000],
  [10_000, 4_000],
] as const) {
  const text = largeConfiguration({ teams, models })
  writeFileSync(path, text)
  const load = () => {
    const { problems } = loadConfiguration({ path, folder, environment: { OPENAI_API_KEY: 'x' }, kinds, seal: box.seal, now: 0 })
    if (problems.length > 0) throw new Error(JSON.stringify(problems[0]))
  }
  const times = Array.from({ length: rounds }, () => cpuMs(load))
  console.log(`| ${teams} | ${models} | ${Math.round(text.length / 1024)} | ${Math.round(median(times) ?? 0)} |`)
}
rmSync(folder, { recursive: true })
