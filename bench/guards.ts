// What the built-in guards cost on text, the most hostile included: CPU per MB with all of them on.
// test/guards/cost.test.ts holds a bound on the same texts.
//
//   bun bench/guards.ts [--against CHECKOUT] [--rounds 9]
//
// With another checkout (its packages installed) both builds read each text in turn, and the ratio counts
// also on a machine that does other things.

import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Detector } from '../src/gateway/inspect/guard.ts'
import { cpuPerMegabyte, guardsOf, hostileTexts } from '../test/guards/hostile.ts'
import { median } from './median.ts'

interface Build {
  guardsOf(): readonly Detector[]
  cpuPerMegabyte(guards: readonly Detector[], text: string): number
}

const { values } = parseArgs({
  options: { against: { type: 'string' }, rounds: { type: 'string', default: '9' } },
})
const rounds = Number(values.rounds)
const builds: Build[] = [{ guardsOf, cpuPerMegabyte }]
if (values.against !== undefined) builds.unshift(await otherBuild(values.against))
const readers = builds.map((build) => ({ build, guards: build.guardsOf() }))

console.log(
  builds.length === 1
    ? `| text | CPU, ms per MB (median of ${rounds}) |\n|---|---|`
    : `| text | before, ms per MB | now, ms per MB (medians of ${rounds}) | now / before |\n|---|---|---|---|`,
)
for (const [name, text] of Object.entries(hostileTexts())) {
  const figures = readers.map((): number[] => [])
  for (let round = 0; round < rounds; round += 1)
    for (const [index, { build, guards }] of readers.entries())
      figures[index]!.push(build.cpuPerMegabyte(guards, text))
  const medians = figures.map((each) => median(each) ?? Number.NaN)
  const [before = 0, now = 0] = medians
  const ratio = medians.length === 2 ? [(now / before).toFixed(2)] : []
  console.log(`| ${[name, ...medians.map((each) => each.toFixed(1)), ...ratio].join(' | ')} |`)
}

async function otherBuild(checkout: string): Promise<Build> {
  const module: Build = await import(resolve(checkout, 'test/guards/hostile.ts'))
  return module
}
