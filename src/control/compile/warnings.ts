// Warns of valid but probably unintended settings: grants that match nothing, hard budgets over targets without
// a price.

import { compileGlob } from '../../kit/glob.ts'
import { destinationSections, type GrantKind, grantKind, grantKinds } from '../../contract/resource.ts'
import type { DestinationRule, ModelRule, TargetRule, TeamRule } from '../../contract/snapshot.ts'
import type { Path } from '../config/problem.ts'
import type { Compilation } from './compilation.ts'
import { canonicalName } from './models.ts'

export interface World {
  destinations: Readonly<Record<string, DestinationRule>>
  targets: Readonly<Record<string, TargetRule>>
  models: Readonly<Record<string, ModelRule>>
  teams: Readonly<Record<string, TeamRule>>
}

export function warn(compilation: Compilation, world: World): void {
  const { configuration } = compilation
  const names = namesOf(compilation, world)
  for (const section of ['teams', 'keys'] as const) {
    for (const [name, { allow, deny }] of configuration[section]) {
      for (const kind of grantKinds) {
        checkPatterns(compilation, [section, name, 'allow', kind], allow?.[kind] ?? [], names[kind])
        checkPatterns(compilation, [section, name, 'deny', kind], deny?.[kind] ?? [], names[kind])
      }
    }
  }
  checkRestoring(compilation)
  checkPrices(compilation, world)
}

/** Without restoreIn, clients that call tools get an error, and the rule does not show it. */
function checkRestoring({ configuration, problems }: Compilation): void {
  const warnOf = (path: Path) =>
    problems.add(
      path,
      'restoreIn is missing: a tool call with a placeholder in its arguments fails with placeholder-in-arguments',
      'write restoreIn: [arguments] to restore values there, or restoreIn: [] to keep them out',
      { severity: 'warning' },
    )
  for (const [name, { action, restoreIn }] of configuration.guards)
    if (action === 'restore' && !restoreIn) warnOf(['guards', name, 'action'])
  for (const [name, { then }] of configuration.policies) {
    if ('restore' in then && then.restore && !then.restoreIn) warnOf(['policies', name, 'then', 'restore'])
  }
}

/** The names that patterns of one kind can match: plain names, and names before a slash. */
interface Names {
  /** The kind of a name without a slash, and of the name before one: `model`, `provider`. */
  nouns: readonly [plain: string, before: string]
  plain: ReadonlySet<string>
  before: ReadonlySet<string>
  destinations: readonly DestinationRule[]
  seen: Map<string, readonly Fault[]>
}

/** Includes destinations with mistakes: a reference to one of them is not a second mistake. */
function namesOf({ configuration }: Compilation, { models, destinations }: World): Record<GrantKind, Names> {
  const of = ({ section, serves, noun }: (typeof destinationSections)[number]): [GrantKind, Names] => {
    const own = Object.values(destinations).filter((rule) => rule.serves === serves)
    const before = new Set([...own.map(({ name }) => name), ...configuration.names(section)])
    const plain =
      serves === 'model' ? new Set([...Object.keys(models), ...configuration.names('models')]) : before
    return [
      grantKind(serves),
      {
        nouns: [serves === 'model' ? 'model' : noun, noun],
        plain,
        before,
        destinations: own,
        seen: new Map(),
      },
    ]
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the sections cover every kind of resource
  return Object.fromEntries(destinationSections.map(of)) as Record<GrantKind, Names>
}

function checkPatterns(
  compilation: Compilation,
  path: Path,
  patterns: readonly string[],
  names: Names,
): void {
  for (const [index, pattern] of patterns.entries()) {
    // Thousands of teams may share a pattern, so each pattern is checked once.
    let faults = names.seen.get(pattern)
    if (!faults) names.seen.set(pattern, (faults = faultsOf(compilation.kinds, pattern, names)))
    for (const { message, fix, severity } of faults)
      compilation.problems.add([...path, index], message, fix, { severity })
  }
}

interface Fault {
  message: string
  fix: string
  severity: 'error' | 'warning'
}

function faultsOf(kinds: Compilation['kinds'], pattern: string, names: Names): readonly Fault[] {
  const slash = pattern.indexOf('/')
  const head = slash < 0 ? pattern : pattern.slice(0, slash)
  const faults = slash > 0 ? nameFaults(kinds, pattern, names.destinations) : []
  const known = slash < 0 ? names.plain : names.before
  if (head === '*' || known.has(head) || (head.includes('*') && [...known].some(compileGlob(head))))
    return faults
  const noun = names.nouns[slash < 0 ? 0 : 1]
  const all = [...known].slice(0, mostNamed).join(', ') || 'none'
  const fix = `${noun}s: ${all}${known.size > mostNamed ? ', …' : ''}`
  return [...faults, { message: `"${pattern}" matches no ${noun}`, fix, severity: 'warning' }]
}

const mostNamed = 50

/**
 * Grants match the canonical name of a target. A pattern for another name would match nothing, so a deny would
 * not work.
 */
function nameFaults(
  kinds: Compilation['kinds'],
  pattern: string,
  destinations: readonly DestinationRule[],
): Fault[] {
  const part = pattern.slice(0, pattern.indexOf('/'))
  const matches = compileGlob(part)
  return destinations.flatMap((destination): Fault[] => {
    if (!matches(destination.name)) return []
    const canonical = canonicalName(kinds, destination, pattern)
    if (canonical === pattern) return []
    const message = `"${pattern}" matches no target of "${destination.name}"; its targets have names like "${canonical}"`
    return [
      { message, fix: `write "${canonical}"`, severity: part === destination.name ? 'error' : 'warning' },
    ]
  })
}

function checkPrices({ configuration, problems }: Compilation, { models, targets, teams }: World): void {
  const budgets = [
    ...Object.values(teams).flatMap((team) => team.budgets),
    ...[...configuration.keys.values()].flatMap((key) => key.budgets ?? []),
  ]
  const isHard = budgets.some(
    (budget) => budget.unit === 'usd' && ('isHard' in budget ? budget.isHard : budget.hard),
  )
  if (!isHard) return
  const warned = new Set<string>()
  for (const model of Object.values(models)) {
    for (const { target } of model.targets) {
      if (targets[target]?.prices.length !== 0 || warned.has(target)) continue
      warned.add(target)
      problems.add(
        ['models', model.name],
        `the price of "${target}" is unknown, so calls under a hard budget are refused`,
        `add a price in USD per million tokens, prices: { ${target}: { input: …, output: … } }, or "free"`,
        { severity: 'warning' },
      )
    }
  }
}
