// Compiles the checked configuration into the snapshot, the keys that the file owns, and the server's settings.

import type { PolicyTest } from '../contract/decide.ts'
import type { KeyEntry } from '../contract/directory.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import { sha256Hex } from '../kit/id.ts'
import { compileKeys, compilePeople, compileTeams, compileWorkloads } from './compile/access.ts'
import type { Compilation } from './compile/compilation.ts'
import { compileModels, defaultRetry } from './compile/models.ts'
import { compileDestinations } from './compile/destinations.ts'
import { compileGuards, compilePolicies } from './compile/rules.ts'
import { compileLimits, compileResponses, compileSettings, defaultDrainMs } from './compile/settings.ts'
import type { ServerSettings } from './compile/settings.ts'
import { addVersion } from './compile/version.ts'
import { warn } from './compile/warnings.ts'

/**
 * The rules of every node of an installation: plain data, the same on every node, without secrets in plain
 * text.
 */
export interface RuleSet {
  snapshot: Snapshot
  /** Keys that the file owns. */
  keys: readonly KeyEntry[]
}

export interface Compiled {
  rules: RuleSet
  /** The rules as JSON, as they are sent and written. */
  rulesText: string
  /**
   * A hash of rules and keys. The snapshot's version alone does not change with a new secret of a key.
   */
  fingerprint: string
  /** Settings of this node only: addresses, folders, the admin key. */
  settings: ServerSettings
  /** Examples under policies, for `runPolicyTests` of the gateway. */
  tests: readonly PolicyTest[]
}

/**
 * Parts that cannot be compiled are added to the problems and left out. If the problems include an error, the
 * result must not be published.
 */
export function compile(compilation: Compilation, acceptsBareVendorNames: boolean): Compiled {
  const destinations = compileDestinations(compilation)
  const { models, targets, prices } = compileModels(compilation, destinations)
  const teams = compileTeams(compilation)
  const workloads = compileWorkloads(compilation, teams)
  const people = compilePeople(compilation)
  const keys = compileKeys(compilation, teams)
  const guards = compileGuards(compilation)
  const { policies, tests } = compilePolicies(compilation, guards, { destinations, targets })
  warn(compilation, { destinations, targets, models, teams })
  const snapshot = addVersion(
    {
      destinations,
      targets,
      ...(prices.length > 0 && { prices }),
      models,
      teams,
      ...(hasAny(workloads) && { workloads }),
      ...(hasAny(people) && { people }),
      guards: guards.guards,
      policies,
      limits: compileLimits(compilation),
      retry: defaultRetry(compilation.configuration),
      responses: compileResponses(compilation),
      acceptsBareVendorNames,
      runs: compileRuns(compilation),
      records: { keepMs: compilation.configuration.server.records?.keep ?? 90 * dayMs },
      drainOnClientGoneMs: compilation.configuration.server.drainOnClientGone ?? defaultDrainMs,
    },
    compilation.now,
  )
  return createCompiled({ snapshot, keys }, compileSettings(compilation), tests)
}

export function createCompiled(
  rules: RuleSet,
  settings: ServerSettings,
  tests: readonly PolicyTest[],
): Compiled {
  const { snapshot, keys } = rules
  return {
    rules,
    rulesText: JSON.stringify(rules),
    fingerprint: sha256Hex(`${snapshot.version}${JSON.stringify(keys)}`),
    settings,
    tests,
  }
}

const hasAny = (rules: object) => Object.keys(rules).length > 0

const dayMs = 86_400_000

const compileRuns = ({ configuration }: Compilation) => {
  const { idle = dayMs, keep = 90 * dayMs, children } = configuration.server.runs ?? {}
  return { idleMs: idle, keepMs: keep, ...(children !== undefined && { children }) }
}
