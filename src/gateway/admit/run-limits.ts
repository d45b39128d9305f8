// Limits of a run: number of calls, depth, duration. They are checked before anything else is counted.

import { GatewayError } from '../../contract/errors.ts'
import type { RunFacts } from '../../contract/run.ts'
import type { RunLimitRule } from '../../contract/snapshot.ts'

/** The owner of a limit: its title, `team "research"`, and its name in records, `team/research`. */
export interface LimitOwner {
  title: string
  path: string
}

export interface RunLimit {
  owner: LimitOwner
  rule: RunLimitRule
}

/** @param now ms since the epoch @throws GatewayError `run-limited` */
export function checkRunLimits(limits: readonly RunLimit[], run: RunFacts, now: number): void {
  for (const { owner, rule } of limits) {
    const { calls, depth, timeMs } = rule
    if (calls !== undefined && run.calls >= calls)
      throw refusal(owner, 'calls', `has made ${run.calls} of ${calls} calls`)
    if (depth !== undefined && run.depth > depth)
      throw refusal(owner, 'depth', `would be ${run.depth} calls deep; ${depth} are allowed`)
    if (timeMs !== undefined && now - run.startedAt > timeMs)
      throw refusal(
        owner,
        'time',
        `began ${Math.floor((now - run.startedAt) / 1000)} s ago; it may take ${timeMs / 1000} s`,
      )
  }
}

function refusal({ title, path }: LimitOwner, what: keyof typeof rules, text: string): GatewayError {
  return new GatewayError(
    'run-limited',
    `This run ${text} (limit of ${title}). Start another run, or have "${rules[what]}" raised.`,
    {
      rule: `${path}/run/${what}`,
    },
  )
}

const rules = { calls: 'limits.run.calls', depth: 'limits.run.depth', time: 'limits.run.time' } as const
