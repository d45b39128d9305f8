// Models and their targets, with prices and limits: the operator's go over the catalog's.

import { nearest } from '../../kit/nearest.ts'
import { destinationSections, grantKind, type ResourceKind } from '../../contract/resource.ts'
import type { DestinationRule, ModelRule, PriceRow, RetryRule, TargetRule } from '../../contract/snapshot.ts'
import { kindOf } from '../config/kinds.ts'
import type { Path } from '../config/problem.ts'
import type { ModelConfig, PriceConfig } from '../config/schema/model.ts'
import type { Compilation } from './compilation.ts'
import { defined } from './defined.ts'

type TargetConfig = { target: string } & Partial<Omit<Extract<ModelConfig['targets'][number], { weight?: unknown }>, 'target'>>

interface CompiledModels {
  models: Record<string, ModelRule>
  targets: Record<string, TargetRule>
}

export function compileModels(compilation: Compilation, destinations: Readonly<Record<string, DestinationRule>>): CompiledModels {
  const { configuration, problems } = compilation
  const models: Record<string, ModelRule> = {}
  const targets: Record<string, TargetRule> = {}
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
          `the target "${id}" has other settings in ${before.path}`,
          'write price and limits of a target once, for instance under "prices"',
        )
      }
      if (!before || before.settings === '{}') {
        settledBy.set(id, { settings: fixed, path: `models.${name}` })
        targets[id] = compileTarget(compilation, destination, id, target)
      }
    }
  }
  for (const [id] of configuration.prices) {
    const path: Path = ['prices', id]
    if (!/^[^/\s]+\/\S+$/.test(id))
      problems.add(path, `"${id}" is not a target`, 'prices are named by provider/model, like openai/gpt-5-mini', { at: 'key' })
    else {
      const destination = destinationOf(compilation, destinations, id, path)
      if (!destination) continue
      checkName(compilation, destination, id, path)
      targets[id] ??= compileTarget(compilation, destination, id, { target: id })
    }
  }
  return { models, targets }
}

function compileModel({ configuration, kinds, problems }: Compilation, name: string, config: ModelConfig, path: Path): ModelRule | undefined {
  if (!kinds.strategies.includes(config.strategy)) {
    const meant = nearest(config.strategy, kinds.strategies)
    problems.add(
      [...path, 'strategy'],
      `there is no strategy "${config.strategy}"`,
      meant ? `did you mean "${meant}"?` : `strategies: ${kinds.strategies.join(', ')}`,
    )
    return undefined
  }
  const written: readonly TargetConfig[] = config.targets
  const targets = written.map(({ target, weight }) => ({ target, weight: weight ?? 1 }))
  for (const [index, { target }] of targets.entries()) {
    if (targets.findIndex((other) => other.target === target) < index)
      problems.add([...path, 'targets', index], `the target "${target}" stands here twice`, 'keep it once; "weight" gives it a larger share')
  }
  if (config.strategy === 'weighted' && targets.every(({ weight }) => weight === 0))
    problems.add([...path, 'targets'], 'every weight is 0, so no target can be chosen', 'give one of them a weight above 0')
  return {
    name,
    strategy: config.strategy,
    targets,
    fallbackOn: config.fallbackOn ?? ['error', 'timeout', 'rate-limit'],
    retry: config.retry ? retryRule(config.retry) : defaultRetry(configuration),
  }
}

/** Of models that set none of their own, and of targets that no model wraps. */
export const defaultRetry = ({ server }: Compilation['configuration']): RetryRule => retryRule(server.retry ?? { attempts: 2, within: 20_000 })

const retryRule = ({ attempts, within }: { attempts: number; within: number }): RetryRule => ({ attempts, withinMs: within })

/** @param serves absent: any destination will do */
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
  const known = Object.values(destinations).flatMap((rule) => (serves === undefined || rule.serves === serves ? [rule.name] : []))
  const meant = nearest(name, known)
  problems.add(
    path,
    `there is no provider "${name}"`,
    meant ? `did you mean "${meant}${target.slice(name.length)}"?` : `add it under "providers"; known: ${known.join(', ') || 'none'}`,
  )
  return undefined
}

/** Two names of one target would have two prices, two breakers and grants that see one of them. */
function checkName({ kinds, problems }: Compilation, destination: DestinationRule, id: string, path: Path): void {
  const canonical = canonicalName(kinds, destination, id)
  if (canonical !== id)
    problems.add(path, `"${id}" is another name of "${canonical}"`, `write "${canonical}"`, { at: path[0] === 'prices' ? 'key' : 'value' })
}

/** The one name of a target, or of a pattern of targets. */
export function canonicalName(kinds: Compilation['kinds'], destination: DestinationRule, id: string): string {
  const slash = id.indexOf('/')
  return `${id.slice(0, slash)}/${kindOf(kinds, destination)?.canonicalModel?.(destination, id.slice(slash + 1)) ?? id.slice(slash + 1)}`
}

function compileTarget({ configuration, kinds }: Compilation, destination: DestinationRule, id: string, config: TargetConfig): TargetRule {
  const model = id.slice(id.indexOf('/') + 1)
  const kind = kindOf(kinds, destination)
  const found = kind?.inCatalog?.(destination, model)
  const known = found && kinds.lookup(found.vendor, found.model)
  const own = config.price ?? configuration.prices.get(id)
  return {
    id,
    provider: destination.name,
    model,
    traits: [...new Set([...destination.traits, ...(config.traits ?? [])])],
    ...(kind?.reportsCost?.(destination) && { reportsCost: true }),
    prices: own ? [priceRow(own, known?.prices.at(-1))] : (known?.prices ?? []),
    ...defined({ contextWindow: config.contextWindow ?? known?.contextWindow, maxOutputTokens: config.maxOutputTokens ?? known?.maxOutputTokens }),
  }
}

/** @param known of the catalog: whoever writes a price of tokens has not made searches free, nor every tier of service the same */
function priceRow({ tiers, fees, factors, ...rates }: PriceConfig, known: PriceRow | undefined): PriceRow {
  const inMillionths = Object.entries(factors ?? {}).map(([term, factor]) => [term, Math.round(factor * 1_000_000)] as const)
  return {
    ...defined(rates),
    ...((known?.fees ?? fees) && { fees: { ...known?.fees, ...fees } }),
    ...((known?.factors ?? factors) && { factors: { ...known?.factors, ...Object.fromEntries(inMillionths) } }),
    ...(tiers && { tiers: tiers.map(defined) }),
  }
}
