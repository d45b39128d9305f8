// How long one body of 32 MB keeps the event loop from other calls, step by step: reading it as JSON, and judging it with all built-in guards.
// Run by `bun bench/event-loop.ts`, which prints the tables of bench/results/event-loop.md.

import { inspector } from '../src/gateway/inspect/index.ts'
import { scan } from '../src/kit/json-spans.ts'
import { realClock } from '../src/kit/real-clock.ts'
import { turnEnd } from '../src/kit/turn.ts'
import { guard, operationOf, subject } from '../test/guards/harness.ts'

const size = 32_000_000
const times = (unit: string) => unit.repeat(Math.ceil(size / Buffer.byteLength(unit)))

const texts: Readonly<Record<string, string>> = {
  prose: 'The quick brown fox jumps over the lazy dog, and then it writes a report on 12 pages. ',
  'near-cards': '4111 1111 1111 1112 ',
  'Arabic-Indic digits': '٤',
  'full-width digits': '４１１１ ',
}

/** The longest CPU time of this process between two turns of the event loop, milliseconds. */
async function guardsGap(text: string): Promise<{ longest: number; total: number; slices: number }> {
  let longest = 0
  let slices = 0
  const start = process.cpuUsage()
  let last = process.cpuUsage()
  const made = inspector({
    snapshot: { guards: [guard('flag'), guard('flag', { name: 'house', kind: 'patterns', options: { words: ['blue heron'] } })], policies: [] },
    clock: realClock(),
    async nextTurn() {
      longest = Math.max(longest, cpuMs(last))
      slices += 1
      await turnEnd()
      last = process.cpuUsage()
    },
  })
  await made.inspectRequest(operationOf({ text }), subject, '203.0.113.9', { findings: undefined, policies: undefined, isRedacted: false })
  return { longest, total: cpuMs(start), slices }
}

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since)
  return (user + system) / 1000
}

console.log('| guards on 32 MB | longest slice, CPU ms | all slices, CPU ms | slices |\n|---|---|---|---|')
for (const [name, unit] of Object.entries(texts)) {
  const { longest, total, slices } = await guardsGap(times(unit))
  console.log(`| ${name} | ${longest.toFixed(1)} | ${total.toFixed(0)} | ${slices} |`)
}

const documents: Readonly<Record<string, string>> = {
  'one long text': `{"model":"m","input":"${times('so it goes ')}"}`,
  messages: `{"model":"m","messages":[${times('{"role":"user","content":"hello there"},')}0]}`,
  'numbers, the densest JSON': `{"model":"m","input":[${times('1,')}0]}`,
}
console.log('\n| JSON of 32 MB | scan, CPU ms (not cut into slices) |\n|---|---|')
for (const [name, document] of Object.entries(documents)) {
  const bytes = Buffer.from(document)
  const start = process.cpuUsage()
  scan(bytes, { maxDepth: 128 })
  console.log(`| ${name} | ${cpuMs(start).toFixed(0)} |`)
}
