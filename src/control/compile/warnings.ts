// What is no mistake but hardly meant: grants that match nothing, hard budgets over targets without a price.

import { glob } from '../../kit/glob.ts'
import type { ModelRule, ProviderRule, TargetRule, TeamRule } from '../../contract/snapshot.ts'
import type { Path } from '../config/problem.ts'
import type { Compilation } from './compilation.ts'
import { canonicalName } from './models.ts'

export interface World {
  providers: Readonly<Record<string, ProviderRule>>
  targets: Readonly<Record<string, TargetRule>>
  models: Readonly<Record<string, ModelRule>>
  teams: Readonly<Record<string, TeamRule>>
}

export function warn(compilation: Compilation, world: World): void {
  const { configuration } = compilation
  for (const section of ['teams', 'keys'] as const) {
    for (const [name, { allow, deny }] of configuration[section]) {
      checkPatterns(compilation, [section, name, 'allow', 'models'], allow?.models ?? [], world)
      checkPatterns(compilation, [section, name, 'deny', 'models'], deny?.models ?? [], world)
    }
  }
  checkRestoring(compilation)
  checkPrices(compilation, world)
}

/** Without the setting a client that calls tools meets an error, and nothing of the rule says so. */
function checkRestoring({ configuration, problems }: Compilation): void {
  const warnOf = (path: Path) =>
    problems.add(
      path,
      'restore without restoreIn: a call of a tool with a placeholder in its arguments ends with placeholder-in-arguments',
      'write restoreIn: [arguments] to give values back there, or restoreIn: [] if they must not be',
      { severity: 'warning' },
    )
  for (const [name, { action, restoreIn }] of configuration.guards) if (action === 'restore' && !restoreIn) warnOf(['guards', name, 'action'])
  for (const [name, { then }] of configuration.policies) {
    if ('restore' in then && then.restore && !then.restoreIn) warnOf(['policies', name, 'then', 'restore'])
  }
}

function checkPatterns(compilation: Compilation, path: Path, patterns: readonly string[], { models, providers }: World): void {
  const { configuration, problems } = compilation
  for (const [index, pattern] of patterns.entries()) {
    const slash = pattern.indexOf('/')
    const matches = glob(slash < 0 ? pattern : pattern.slice(0, slash))
    if (slash > 0) checkName(compilation, [...path, index], pattern, Object.values(providers))
    const known =
      slash < 0 ? [...Object.keys(models), ...configuration.names('models')] : [...Object.keys(providers), ...configuration.names('providers')]
    if (pattern === '*' || known.some(matches)) continue
    const what = slash < 0 ? 'model' : 'provider'
    problems.add([...path, index], `"${pattern}" matches no ${what}`, `${what}s: ${known.join(', ') || 'none'}`, { severity: 'warning' })
  }
}

/** Grants see the one name of a target: a pattern for another of its names would match nothing, and a deny would be dodged. */
function checkName({ kinds, problems }: Compilation, path: Path, pattern: string, providers: readonly ProviderRule[]): void {
  const part = pattern.slice(0, pattern.indexOf('/'))
  for (const provider of providers.filter(({ name }) => glob(part)(name))) {
    const canonical = canonicalName(kinds, provider, pattern)
    if (canonical === pattern) continue
    const severity = part === provider.name ? 'error' : 'warning'
    problems.add(path, `"${pattern}" matches no target of "${provider.name}", which are named like "${canonical}"`, `write "${canonical}"`, {
      severity,
    })
  }
}

function checkPrices({ configuration, problems }: Compilation, { models, targets, teams }: World): void {
  const budgets = [...Object.values(teams).flatMap((team) => team.budgets), ...[...configuration.keys.values()].flatMap((key) => key.budgets ?? [])]
  const isHard = budgets.some((budget) => budget.unit === 'usd' && ('isHard' in budget ? budget.isHard : budget.hard))
  if (!isHard) return
  const told = new Set<string>()
  for (const model of Object.values(models)) {
    for (const { target } of model.targets) {
      if (targets[target]?.prices.length !== 0 || told.has(target)) continue
      told.add(target)
      problems.add(
        ['models', model.name],
        `the target "${target}" has no known price, so calls under a hard budget are refused`,
        `give it one: prices: { ${target}: { input: …, output: … } } in USD per million tokens`,
        { severity: 'warning' },
      )
    }
  }
}
