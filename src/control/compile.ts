// Compiles the checked configuration into what gateways run on: the snapshot, the keys that the file owns,
// the server's settings.

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
import { versioned } from './compile/version.ts'
import { warn } from './compile/warnings.ts'

/**
 * What every node of an installation runs on: plain data, free of secrets in clear, the same wherever it is
 * sent.
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
   * The same for the same rules and keys: a new secret of a key is a change that the snapshot's version does
   * not show.
   */
  fingerprint: string
  /** Of this node alone: addresses, folders, the admin key. */
  settings: ServerSettings
  /** Examples under policies, for `runPolicyTests` of the gateway. */
  tests: readonly PolicyTest[]
}

/**
 * What cannot be compiled is told among the problems and left out; with errors there, the result must not be
 * published.
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
  const snapshot = versioned(
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
