// The results as a table.

import type { Agent } from './agents.ts'
import type { Scenario } from './scenarios.ts'

export interface Result {
  agent: Agent
  scenario: Scenario
  ms: number
  /** Calls that the gateway recorded for the scenario's model. */
  calls: number
  losses: readonly string[]
  /** Undefined if the scenario passed. */
  fault: string | undefined
}

export function tell(results: readonly Result[]): string {
  const rows = results.map(({ agent, scenario, ms, calls, fault }) => [
    `${agent.name} ${agent.version}`,
    scenario.title,
    scenario.target === undefined ? scenario.model : `${scenario.model} → ${scenario.target}`,
    String(calls),
    `${(ms / 1000).toFixed(1)} s`,
    fault === undefined ? 'pass' : `FAIL: ${fault}`,
  ])
  const all = [['agent', 'scenario', 'model → target', 'calls', 'took', 'result'], ...rows]
  const widths = (all[0] ?? []).map((_title, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  )
  const failed = results.filter(({ fault }) => fault !== undefined).length
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [...lines, '', `${results.length - failed} passed, ${failed} failed`, ...lossLines(results)].join(
    '\n',
  )
}

/** Each agent and target is listed once. */
function lossLines(results: readonly Result[]): string[] {
  const seen = new Map<string, ReadonlySet<string>>()
  for (const { agent, scenario, losses } of results) {
    if (losses.length === 0 || scenario.target === undefined) continue
    const pair = `${agent.name} → ${scenario.target}`
    seen.set(pair, new Set([...(seen.get(pair) ?? []), ...losses]))
  }
  return [
    '',
    'lost on the way:',
    ...[...seen].map(([pair, losses]) => `  ${pair}: ${[...losses].join(', ')}`),
  ]
}
