// What is no mistake but hardly meant: grants that match nothing, hard budgets over targets without a price.

import { glob } from '../../kit/glob.ts'
import type { ModelRule, ProviderRule, TargetRule, TeamRule } from '../../contract/snapshot.ts'
import type { Path } from '../config/problem.ts'
import type { Compilation } from './compilation.ts'

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
  checkPrices(compilation, world)
}

function checkPatterns({ configuration, problems }: Compilation, path: Path, patterns: readonly string[], { models, providers }: World): void {
  for (const [index, pattern] of patterns.entries()) {
    const slash = pattern.indexOf('/')
    const matches = glob(slash < 0 ? pattern : pattern.slice(0, slash))
    const known =
      slash < 0 ? [...Object.keys(models), ...configuration.names('models')] : [...Object.keys(providers), ...configuration.names('providers')]
    if (pattern === '*' || known.some(matches)) continue
    const what = slash < 0 ? 'model' : 'provider'
    problems.add([...path, index], `"${pattern}" matches no ${what}`, `${what}s: ${known.join(', ') || 'none'}`, { severity: 'warning' })
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
