// Runs the command-line agents Claude Code, Codex and Gemini CLI through a real gateway: a question, tools
// that the agent runs, targets of every dialect, a wrong key, and a guard that restores. Not part of
// ./script/test: the agents take about 900 MB and are installed once into a cache folder.
//
//   npm run agents                    all agents; prints a table, exit code 1 after a failure
//   npm run agents -- codex gemini    only these
//
// All models belong to the demo provider, so no vendor is called: the proxy of the agents is unreachable.
// Targets of other dialects are at a second gateway, which responds in the dialect of the request.

import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agents } from './agents/agents.ts'
import { startGateways } from './agents/gateways.ts'
import { install } from './agents/install.ts'
import { type Result, tell } from './agents/result.ts'
import { scenarios } from './agents/scenarios.ts'
import { play } from './agents/play.ts'

const wanted = process.argv.slice(2)
const strangers = wanted.filter((name) => !agents.some((agent) => agent.name === name))
if (strangers.length > 0) {
  console.error(
    `${strangers.join(', ')}: no such agent; known are ${agents.map(({ name }) => name).join(', ')}`,
  )
  process.exit(2)
}
const chosen = agents.filter(({ name }) => wanted.length === 0 || wanted.includes(name))

const packages = await install(agents)
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-agents-'))
const gateways = await startGateways(folder)
const results: Result[] = []
try {
  for (const agent of chosen) {
    for (const [index, scenario] of scenarios(agent).entries()) {
      const place = join(folder, `${agent.name}-${String(index + 1).padStart(2, '0')}`)
      mkdirSync(place)
      const result = await play({ agent, scenario, gateways, packages, folder: place })
      results.push(result)
      console.log(
        `${result.fault === undefined ? 'ok  ' : 'FAIL'} ${agent.name}: ${scenario.title}${result.fault === undefined ? '' : ` (${result.fault})`}`,
      )
    }
  }
} finally {
  await gateways.stop()
}
console.log(`\n${tell(results)}\n\nlogs: ${folder}`)
process.exitCode = results.length > 0 && results.every(({ fault }) => fault === undefined) ? 0 : 1
