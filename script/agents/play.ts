// Runs one agent through one scenario: its home and folder, its process, and the gateway's records of its
// calls.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import type { Agent, Asking } from './agents.ts'
import type { Gateways } from './gateways.ts'
import type { Result } from './result.ts'
import { newScene, type Scenario, type Scene } from './scenarios.ts'

interface Play {
  agent: Agent
  scenario: Scenario
  gateways: Gateways
  packages: string
  /** The folder of this run, including logs. */
  folder: string
}

/** An agent that runs longer retries without end. */
const longestMs = 60_000
/** An agent that cannot continue prints a message. Claude Code may retry for minutes. */
const promptMs = 20_000

export async function play({ agent, scenario, gateways, packages, folder }: Play): Promise<Result> {
  const home = join(folder, 'home')
  const work = join(folder, 'work')
  for (const each of [home, work]) mkdirSync(each)
  const scene = newScene(work)
  writeFileSync(
    join(work, 'notes.txt'),
    `${scene.first}\nWrite to ${scene.address}, ${scene.last}\n${scene.last}\n`,
  )
  const key = scenario.hasWrongKey ? 'gh_this-is-no-key-of-anybody-0123456789' : gateways.key
  const asking: Asking = {
    prompt: scenario.prompt(scene),
    model: scenario.model,
    url: gateways.url,
    key,
    packages,
    home,
  }
  const startedAt = Date.now()
  const ran = await run(agent, asking, work)
  const ms = Date.now() - startedAt
  const records = await recordsOf(gateways, scenario, startedAt)
  for (const [name, text] of Object.entries({
    'stdout.txt': ran.stdout,
    'stderr.txt': ran.stderr,
    'records.json': JSON.stringify(records, null, 2),
  }))
    writeFileSync(join(folder, name), text)
  return {
    agent,
    scenario,
    ms,
    calls: records.length,
    losses: lossesOf(records),
    fault: faultOf({ agent, scenario, scene, asking, ran, records, ms }),
  }
}

interface Ran {
  stdout: string
  stderr: string
  /** Undefined if the process had to be killed. */
  exit: number | undefined
}

async function run(agent: Agent, asking: Asking, work: string): Promise<Ran> {
  const { line, env } = agent.command(asking)
  // An unreachable proxy: any call to a vendor fails.
  const nowhere = 'http://127.0.0.1:9'
  const child = Bun.spawn([...line], {
    cwd: work,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: asking.home,
      HTTPS_PROXY: nowhere,
      https_proxy: nowhere,
      NO_PROXY: '127.0.0.1,localhost',
      no_proxy: '127.0.0.1,localhost',
      ...env,
    },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  let isLate = false
  const late = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
  }, longestMs)
  const [stdout, stderr, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  clearTimeout(late)
  return { stdout, stderr, exit: isLate ? undefined : exit }
}

/** Records reach the store a moment after the response. */
async function recordsOf(
  gateways: Gateways,
  { model, calls }: Scenario,
  since: number,
): Promise<readonly ExchangeRecord[]> {
  for (let turn = 0; ; turn += 1) {
    const records = (await gateways.records()).filter(
      ({ at, resource }) => at >= since && resource.name === model,
    )
    if (records.filter(({ outcome }) => outcome === 'ok').length >= calls || turn >= 30) return records
    await pause(100)
  }
}

const lossesOf = (records: readonly ExchangeRecord[]): readonly string[] => [
  ...new Set(
    records.flatMap(({ losses = [] }) =>
      losses.map(({ field, side }) => (side === 'response' ? `response: ${field}` : field)),
    ),
  ),
]

interface Played extends Pick<Play, 'agent' | 'scenario'> {
  scene: Scene
  asking: Asking
  ran: Ran
  records: readonly ExchangeRecord[]
  ms: number
}

function faultOf({ agent, scenario, scene, asking, ran, records, ms }: Played): string | undefined {
  if (ran.exit === undefined) return `it had not stopped after ${longestMs / 1000} s`
  const { says, message, target, calls } = scenario
  if (!says) {
    if (ran.exit === 0) return 'it ended as if all were well'
    if (ms > promptMs) return `it took ${Math.round(ms / 1000)} s to stop`
    return message?.test(ran.stdout + ran.stderr) === false
      ? `its message does not say ${String(message)}`
      : undefined
  }
  if (ran.exit !== 0) return `it ended with ${ran.exit}`
  const finalText = agent.finalText(asking, ran.stdout)
  const missing = says(scene).filter((word) => !finalText.includes(word))
  if (missing.length > 0) return `its final text lacks ${missing.join(' and ')}`
  const failed = records.find(
    ({ outcome, code }) => outcome !== 'ok' && !(scenario.asksTheImpossible && code === 'unsupported'),
  )
  if (failed) return `a call ended as ${failed.outcome} ${failed.code ?? failed.status}`
  const answered = records.filter(({ outcome }) => outcome === 'ok')
  const elsewhere = answered.find((record) => record.target !== target)
  if (elsewhere) return `${elsewhere.target} answered instead of ${target}`
  return answered.length < calls
    ? `${answered.length} calls were answered, ${calls} were expected`
    : undefined
}
