// The cost of compiling a large configuration: CPU of each stage, for a growing number of teams and models.
// Run by `bun bench/compile.ts`, which prints the table of bench/results/compile.md.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '../src/control/compile.ts'
import { parseConfiguration } from '../src/control/config/configuration.ts'
import { collect } from '../src/control/config/problem.ts'
import { readSource } from '../src/control/config/source.ts'
import { createSecretBox } from '../src/control/index.ts'
import { kinds } from '../src/main/kinds.ts'
import { largeConfiguration } from '../test/config/large.ts'

const rounds = 9
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-compile-'))
const path = join(folder, 'gatehouse.yaml')
const environment = { OPENAI_API_KEY: 'x' }
const { seal } = createSecretBox(new Uint8Array(32).fill(1))

/** The least of several rounds: what else the machine does only adds to it. */
function cpuMs(work: () => void): string {
  const times = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...times).toFixed(0)
}

console.log(
  '| teams | models | file, KB | read the YAML, ms | check and compile, ms | take over, ms |\n|---|---|---|---|---|---|',
)
for (const [teams, models] of [
  [100, 100],
  [1_000, 500],
  [5_000, 2_000],
  [10_000, 4_000],
] as const) {
  const text = largeConfiguration({ teams, models })
  writeFileSync(path, text)
  const read = cpuMs(() => void readSource(path, () => {}))
  const source = readSource(path, () => {})
  const checkAndCompile = () => {
    const problems = collect(source.locate)
    const checked = parseConfiguration(source.data, problems, kinds)
    if (problems.found.length > 0) throw new Error(JSON.stringify(problems.found[0]))
    return compile({ configuration: checked, problems, kinds, environment, folder, seal, now: 0 }, false)
  }
  const compiling = cpuMs(() => void checkAndCompile())
  const { rulesText } = checkAndCompile()
  const takingOver = cpuMs(() => void JSON.parse(rulesText))
  console.log(
    `| ${teams} | ${models} | ${Math.round(text.length / 1024)} | ${read} | ${compiling} | ${takingOver} |`,
  )
}
rmSync(folder, { recursive: true })
