// `gatehouse check`: finds every mistake of a configuration, including failed policy tests. Writes nothing.

import { check, findConfiguration, type Loaded } from '../control/index.ts'
import { createInspector } from '../gateway/inspect/index.ts'
import { runPolicyTests } from '../gateway/inspect/policies/index.ts'
import { createRealClock } from '../kit/real-clock.ts'
import { createTemporaryBox } from './initial-configuration.ts'
import { kinds } from './kinds.ts'
import type { Environment } from './reveal.ts'

export interface CheckOptions {
  /** Default: $GATEHOUSE_CONFIG, ./gatehouse.yaml, or none. */
  configPath?: string
  env: Environment
}

export interface CheckReport {
  /** The file that was read. Absent without one. */
  file?: string
  problems: Loaded['problems']
  policyTests: number
  settings?: { data: string; listen: { host: string; port: number }; inFlight: number }
}

export async function checkConfiguration({ configPath, env }: CheckOptions): Promise<CheckReport> {
  const clock = createRealClock()
  const folder = process.cwd()
  const path = findConfiguration(configPath, env, folder)
  const now = clock.now()
  const result = await check(
    { path, folder, environment: env, kinds, seal: createTemporaryBox().seal, now },
    (snapshot, tests) =>
      runPolicyTests(snapshot.policies, tests, createInspector({ snapshot, clock }).detect, now),
  )
  const { compiled } = result
  return {
    ...(path === undefined ? {} : { file: path }),
    problems: result.problems,
    policyTests: compiled?.tests.length ?? 0,
    ...(compiled
      ? {
          settings: {
            data: compiled.settings.data,
            listen: compiled.settings.listen,
            inFlight: compiled.rules.snapshot.limits.inFlight,
          },
        }
      : {}),
  }
}
