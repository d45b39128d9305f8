// How long one body of 32 MB keeps the event loop from other calls, step by step: reading it as JSON, judging
// it with all built-in guards, editing it, and translating it for a provider of another dialect.
// Run by `bun bench/event-loop.ts`, which prints the tables of bench/results/event-loop.md.

import { createInspector } from '../src/gateway/inspect/index.ts'
import { createRealClock } from '../src/kit/real-clock.ts'
import { turnEnd } from '../src/kit/turn.ts'
import { chatOperation } from '../src/traffic/llm/dialects/openai-chat/operation.ts'
import { TranslationThreads } from '../src/traffic/llm/translate/threads.ts'
import { checkLongBody } from '../src/traffic/wire/body.ts'
import { guard, operationOf, situation } from '../test/guards/harness.ts'

const size = 32_000_000
const times = (unit: string) => unit.repeat(Math.ceil(size / Buffer.byteLength(unit)))

const texts: Readonly<Record<string, string>> = {
  prose: 'The quick brown fox jumps over the lazy dog, and then it writes a report on 12 pages. ',
  'near-cards': '4111 1111 1111 1112 ',
  'Arabic-Indic digits': '٤',
  'full-width digits': '４１１１ ',
}

/** The longest CPU time of the main thread between two turns of the event loop, milliseconds. */
async function guardsGap(text: string): Promise<{ longest: number; total: number; slices: number }> {
  let longest = 0
  let slices = 0
  const start = process.threadCpuUsage()
  let last = process.threadCpuUsage()
  const made = createInspector({
    snapshot: {
      guards: [
        guard('flag'),
        guard('flag', { name: 'house', kind: 'patterns', options: { words: ['blue heron'] } }),
      ],
      policies: [],
    },
    clock: createRealClock(),
    async nextTurn() {
      longest = Math.max(longest, cpuMs(last))
      slices += 1
      await turnEnd()
      last = process.threadCpuUsage()
    },
  })
  await made.inspectRequest(operationOf({ text }), situation, {
    findings: undefined,
    policies: undefined,
    isRedacted: false,
  })
  return { longest, total: cpuMs(start), slices }
}

/** Of the main thread only, because other threads delay no call. */
function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.threadCpuUsage(since)
  return (user + system) / 1000
}

console.log('| guards on 32 MB | longest slice, CPU ms | all slices, CPU ms | slices |\n|---|---|---|---|')
for (const [name, unit] of Object.entries(texts)) {
  const { longest, total, slices } = await guardsGap(times(unit))
  console.log(`| ${name} | ${longest.toFixed(1)} | ${total.toFixed(0)} | ${slices} |`)
}

const message = '{"role":"user","content":"hello there"}'
const documents: Readonly<Record<string, string>> = {
  'one long text': `{"model":"m","messages":[{"role":"user","content":"${times('so it goes ')}"}]}`,
  'one escaped text': `{"model":"m","messages":[{"role":"user","content":"${times('\\n')}the end"}]}`,
  'short messages': `{"model":"m","messages":[${times(`${message},`)}${message}]}`,
  'numbers, the densest JSON': `{"model":"m","messages":[{"role":"user","content":"hi"}],"x":[${times('1,')}0]}`,
  'short texts in an unknown field': `{"model":"m","messages":[{"role":"user","content":"hi"}],"x":[${times('"hello",')}0]}`,
}
const options = {
  maxDepth: 128,
  providerFor: () => {
    throw new Error('nothing is sent here')
  },
}

/** The longest slice and the sum of all, CPU milliseconds. */
async function slices(work: (pause: () => Promise<void>) => Promise<void> | undefined): Promise<string> {
  const spent: number[] = []
  let last = process.threadCpuUsage()
  const note = () => void spent.push(cpuMs(last))
  await work(async () => {
    note()
    await turnEnd()
    last = process.threadCpuUsage()
  })
  note()
  return `${Math.max(...spent).toFixed(1)} of ${spent.reduce((sum, each) => sum + each, 0).toFixed(0)} (${spent.length})`
}

const threads = new TranslationThreads({ clock: createRealClock() })
const route = {
  front: 'openai-chat',
  backs: ['anthropic-messages'],
  departures: { usageInStream: true, unbilledErrors: 'none' },
  target: 'inside/model',
} as const

/** CPU of the main thread while a thread translates a request. */
async function translation(body: Uint8Array): Promise<string> {
  const start = process.threadCpuUsage()
  const call = { path: '/chat/completions', body, headers: [], isStreaming: false }
  const prepared = await threads.prepare(
    { kind: 'request', route, call, target: { model: 'm', maxOutputTokens: 100 } },
    new AbortController().signal,
  )
  return `${cpuMs(start).toFixed(1)} for ${(prepared.encoded.body.length / 1_000_000).toFixed(0)} MB`
}

/** An edit at the end of the longest text. */
async function edit(operation: ReturnType<typeof chatOperation>): Promise<string> {
  const piece = operation
    .content()
    .pieces.reduce((longest, each) => (each.text.length > longest.text.length ? each : longest))
  const end = piece.text.length
  return slices(
    async (pause) =>
      void (await operation.editLong?.(
        [{ channel: piece.channel, start: end - 1, end, replacement: 'x' }],
        pause,
      )),
  )
}

console.log(
  '\n| JSON of 32 MB | check | facts and references | content | an edit | translation |\n|---|---|---|---|---|---|',
)
for (const [name, document] of Object.entries(documents)) {
  const bytes = Buffer.from(document)
  const check = await slices((pause) => checkLongBody(bytes, options, pause))
  const operation = chatOperation(bytes, options)
  const facts = await slices((pause) => operation.readAhead?.('facts', pause))
  const content = await slices((pause) => operation.readAhead?.('content', pause))
  const edited = await edit(operation)
  const translated = await translation(bytes)
  console.log(`| ${name} | ${check} | ${facts} | ${content} | ${edited} | ${translated} |`)
}
process.exit(0)
