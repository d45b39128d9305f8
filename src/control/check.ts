// `gatehouse check`: checks a configuration without serving a call, and runs its policy tests.

import type { PolicyTest } from '../contract/decide.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import type { Compiled } from './compile.ts'
import { loadConfiguration } from './config/load.ts'
import type { LoadOptions } from './config/load.ts'
import type { Problem } from './config/problem.ts'

/** Runs the examples with the gateway's own guards and policies. Main provides it. */
export type RunPolicyTests = (
  snapshot: Snapshot,
  tests: readonly PolicyTest[],
) => Promise<readonly { policy: string; index: number; message: string; fix: string }[]>

export interface Checked {
  problems: readonly Problem[]
  compiled?: Compiled
  files: readonly string[]
}

/** Publishes and writes nothing. A failed policy test is an error, like a typo. */
export async function check(options: LoadOptions, runPolicyTests: RunPolicyTests): Promise<Checked> {
  const loaded = loadConfiguration(options)
  if (!loaded.compiled) return loaded
  const { rules, tests } = loaded.compiled
  if (tests.length === 0) return loaded
  const failures = await runPolicyTests(rules.snapshot, tests)
  const failed = failures.map(({ policy, index, message, fix }): Problem => {
    const path = ['policies', policy, 'test', index] as const
    return Object.assign(
      { severity: 'error' as const, path: `policies.${policy}.test[${index}]`, message, fix },
      loaded.locate(path, 'value'),
    )
  })
  if (failed.length === 0) return loaded
  return { problems: [...loaded.problems, ...failed], files: loaded.files }
}
