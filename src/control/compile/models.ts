// Compiles models and their targets. The operator's prices and limits replace those of the catalog.

import { findNearest } from '../../kit/nearest.ts'
import { destinationSections, grantKind, type ResourceKind } from '../../contract/resource.ts'
import type {
  DestinationRule,
  ModelRule,
  PriceRow,
  PriceRule,
  RetryRule,
  TargetRule,
} from '../../contract/snapshot.ts'
import { kindOf } from '../config/kinds.ts'
import type { Path } from '../config/problem.ts'
import type { ModelConfig } from '../config/schema/model.ts'
import type { Compilation } from './compilation.ts'
import { omitUndefined } from './defined.ts'
import { ownRulesOf } from './own-rules.ts'
import { compilePrices, isPattern, createPriceFinder, pricesOf, rowOf, warnOfRates } from './prices.ts'

type TargetConfig = { target: string } & Partial<
  Omit<Extract<ModelConfig['targets'][number], { weight?: unknown }>, 'target'>
>

interface CompiledModels {
  models: Record<string, ModelRule>
  targets: Record<string, TargetRule>
  /** Patterns, for targets that are compiled on demand. */
  prices: PriceRule[]
}

export function compileModels(
  compilation: Compilation,
  destinations: Readonly<Record<string, DestinationRule>>,
): CompiledModels {
  const { configuration, problems } = compilation
  const models: Record<string, ModelRule> = {}
  const targets: Record<string, TargetRule> = {}
  const prices = compilePrices(compilation, destinations)
  const priceOf = createPriceFinder(prices)
  const settledBy = new Map<string, { settings: string; path: string }>()
  for (const [name, config] of configuration.models) {
    const path: Path = ['models', name]
    const rule = compileModel(compilation, name, config, path)
    if (rule) models[name] = rule
    for (const [index, written] of config.targets.entries()) {
      const target: TargetConfig = written
      const at: Path = [...path, 'targets', index]
      const destination = destinationOf(compilation, destinations, target.target, at, 'model')
      if (!destination) continue
      checkName(compilation, destination, target.target, at)
      const { target: id, weight: _, ...settings } = target
      const fixed = JSON.stringify(settings)
      const before = settledBy.get(id)
      if (before && fixed !== '{}' && before.settings !== '{}' && before.settings !== fixed) {
        problems.add(
          at,
          `the target "${id}" has different settings in ${before.path}`,
          'define the price and limits of a target only once, for instance under "prices"',
        )
      }
      if (!before || (before.settings === '{}' && fixed !== '{}')) {
        settledBy.set(id, { settings: fixed, path: `models.${name}` })
        targets[id] = compileTarget(compilation, destination, id, target, priceOf)
        if (target.price)
          warnOfRates(compilation, [...at, 'price'], target.price, catalogPrice(compilation, destination, id))
      }
    }
  }
  for (const { targets: id } of prices) {
    const path: Path = ['prices', id]
    const config = configuration.prices.get(id)
    const name = id.slice(0, id.indexOf('/'))
    const destination = isPattern(name) ? undefined : destinationOf(compilation, destinations, id, path)
    if (destination) checkName(compilation, destination, id, path)
    const isOne = destination && !isPattern(id)
    if (config)
      warnOfRates(compilation, path, config, isOne ? catalogPrice(compilation, destination, id) : undefined)
    if (isOne) targets[id] ??= compileTarget(compilation, destination, id, { target: id }, priceOf)
  }
  return { models, targets, prices: prices.filter(({ targets: pattern }) => isPattern(pattern)) }
}

function compileModel(
  { configuration, kinds, problems }: Compilation,
  name: string,
  config: ModelConfig,
  path: Path,
): ModelRule | undefined {
  const strategies = kinds.strategies.map((strategy) => strategy.name)
  if (!strategies.includes(config.strategy)) {
    const meant = findNearest(config.strategy, strategies)
    problems.add(
      [...path, 'strategy'],
      `there is no strategy "${config.strategy}"`,
      meant ? `did you mean "${meant}"?` : `strategies: ${strategies.join(', ')}`,
    )
    return undefined
  }
  const written: readonly TargetConfig[] = config.targets
  const targets = written.map(({ target, weight }) => ({ target, weight: weight ?? 1 }))
  for (const [index, { target }] of targets.entries()) {
    if (targets.findIndex((other) => other.target === target) < index)
      problems.add(
        [...path, 'targets', index],
        `the target "${target}" is listed twice`,
        'list it once; use "weight" for a larger share',
      )
  }
  if (config.strategy === 'weighted' && targets.every(({ weight }) => weight === 0))
    problems.add(
      [...path, 'targets'],
      'every weight is 0, so no target can be chosen',
      'give at least one target a weight above 0',
    )
  return {
    name,
    strategy: config.strategy,
    targets,
    fallbackOn: config.fallbackOn ?? ['error', 'timeout', 'rate-limit'],
    retry: config.retry ? retryRule(config.retry) : defaultRetry(configuration),
    ...ownRulesOf(config, `model/${name}`, path, problems),
  }
}

/** The rule for models without one, and for targets that are called by their own name. */
export const defaultRetry = ({ server }: Compilation['configuration']): RetryRule =>
  retryRule(server.retry ?? { attempts: 2, within: 20_000 })

const retryRule = ({ attempts, within }: { attempts: number; within: number }): RetryRule => ({
  attempts,
  withinMs: within,
})

/** @param serves absent if any kind of destination is accepted */
function destinationOf(
  { configuration, problems }: Compilation,
  destinations: Readonly<Record<string, DestinationRule>>,
  target: string,
  path: Path,
  serves?: ResourceKind,
): DestinationRule | undefined {
  const name = target.slice(0, target.indexOf('/'))
  const destination = Object.hasOwn(destinations, name) ? destinations[name] : undefined
  if (destination && (serves === undefined || destination.serves === serves)) return destination
  if (destination) {
    problems.add(
      path,
      `"${name}" serves ${grantKind(destination.serves)}, not ${grantKind(serves ?? destination.serves)}`,
      `name an entry of "providers"`,
    )
    return undefined
  }
  // A destination with a mistake was reported already.
  if (destinationSections.some(({ section }) => configuration.isDefined(section, name))) return undefined
  const known = Object.values(destinations).flatMap((rule) =>
    serves === undefined || rule.serves === serves ? [rule.name] : [],
  )
  const meant = findNearest(name, known)
  problems.add(
    path,
    `there is no provider "${name}"`,
    meant
      ? `did you mean "${meant}${target.slice(name.length)}"?`
      : `add it under "providers"; known: ${known.join(', ') || 'none'}`,
  )
  return undefined
}

/** Two names for one target would have two prices and two breakers, and a grant would match only one of them. */
function checkName(
  { kinds, problems }: Compilation,
  destination: DestinationRule,
  id: string,
  path: Path,
): void {
  const canonical = canonicalName(kinds, destination, id)
  if (canonical !== id)
    problems.add(path, `"${id}" is another name of "${canonical}"`, `write "${canonical}"`, {
      at: path[0] === 'prices' ? 'key' : 'value',
    })
}

/** The canonical name of a target or of a pattern. */
export function canonicalName(kinds: Compilation['kinds'], destination: DestinationRule, id: string): string {
  const slash = id.indexOf('/')
  return `${id.slice(0, slash)}/${kindOf(kinds, destination)?.canonicalModel?.(destination, id.slice(slash + 1)) ?? id.slice(slash + 1)}`
}

function compileTarget(
  compilation: Compilation,
  destination: DestinationRule,
  id: string,
  config: TargetConfig,
  priceOf: (id: string) => PriceRow | undefined,
): TargetRule {
  const known = inCatalog(compilation, destination, id)
  return {
    id,
    provider: destination.name,
    model: id.slice(id.indexOf('/') + 1),
    traits: [...new Set([...destination.traits, ...(config.traits ?? [])])],
    ...(kindOf(compilation.kinds, destination)?.reportsCost?.(destination) && { reportsCost: true }),
    prices: pricesOf(config.price ? rowOf(config.price) : priceOf(id), known?.prices ?? []),
    ...omitUndefined({
      contextWindow: config.contextWindow ?? known?.contextWindow,
      maxOutputTokens: config.maxOutputTokens ?? known?.maxOutputTokens,
    }),
  }
}

function inCatalog({ kinds }: Compilation, destination: DestinationRule, id: string) {
  const found = kindOf(kinds, destination)?.inCatalog?.(destination, id.slice(id.indexOf('/') + 1))
  return found && kinds.lookup(found.vendor, found.model)
}

const catalogPrice = (compilation: Compilation, destination: DestinationRule, id: string) =>
  inCatalog(compilation, destination, id)?.prices.at(-1)
