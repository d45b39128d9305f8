// What the built-in guards cost on text, the most hostile included: CPU per MB with all of them on. Run by
// `bun bench/guards.ts`, which prints the table of bench/results/guards.md. test/guards/cost.test.ts holds a
// bound on the same texts.

import { hostileTexts, guardsOf, cpuPerMegabyte } from '../test/guards/hostile.ts'

const rounds = 5
const guards = guardsOf()
console.log('| text | CPU, ms per MB (median of 5) |\n|---|---|')
for (const [name, text] of Object.entries(hostileTexts())) {
  const figures = Array.from({ length: rounds }, () => cpuPerMegabyte(guards, text)).sort((a, b) => a - b)
  console.log(`| ${name} | ${figures[rounds >> 1]?.toFixed(1)} |`)
}
