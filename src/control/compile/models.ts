// Models and their targets, with prices and limits: the operator's go over the catalog's.

import { nearest } from '../../kit/nearest.ts'
import type { ModelRule, PriceRow, ProviderRule, RetryRule, TargetRule } from '../../contract/snapshot.ts'
import type { Path } from '../config/problem.ts'
import type { ModelConfig, PriceConfig } from '../config/schema/model.ts'
import type { Compilation } from './compilation.ts'
import { defined } from './defined.ts'

type TargetConfig = { target: string } & Partial<Omit<Extract<ModelConfig['targets'][number], { weight?: unknown }>, 'target'>>

interface CompiledModels {
  models: Record<string, ModelRule>
  targets: Record<string, TargetRule>
}

export function compileModels(compilation: Compilation, providers: Readonly<Record<string, ProviderRule>>): CompiledModels {
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
      const provider = providerOf(compilation, providers, target.target, at)
      if (!provider) continue
      checkName(compilation, provider, target.target, at)
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
        targets[id] = compileTarget(compilation, provider, id, target)
      }
    }
  }
  for (const [id] of configuration.prices) {
    const path: Path = ['prices', id]
    if (!/^[^/\s]+\/\S+$/.test(id))
      problems.add(path, `"${id}" is not a target`, 'prices are named by provider/model, like openai/gpt-5-mini', { at: 'key' })
    else {
      const provider = providerOf(compilation, providers, id, path)
      if (provider) checkName(compilation, provider, id, path)
      if (provider) targets[id] ??= compileTarget(compilation, provider, id, { target: id })
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

function providerOf(
  { configuration, problems }: Compilation,
  providers: Readonly<Record<string, ProviderRule>>,
  target: string,
  path: Path,
): ProviderRule | undefined {
  const name = target.slice(0, target.indexOf('/'))
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  // a provider with a mistake was told already
  if (provider || configuration.isDefined('providers', name)) return provider
  const meant = nearest(name, Object.keys(providers))
  problems.add(
    path,
    `there is no provider "${name}"`,
    meant
      ? `did you mean "${meant}${target.slice(name.length)}"?`
      : `add it under "providers"; known: ${Object.keys(providers).join(', ') || 'none'}`,
  )
  return undefined
}

/** Two names of one target would have two prices, two breakers and grants that see one of them. */
function checkName({ kinds, problems }: Compilation, provider: ProviderRule, id: string, path: Path): void {
  const canonical = canonicalName(kinds, provider, id)
  if (canonical !== id)
    problems.add(path, `"${id}" is another name of "${canonical}"`, `write "${canonical}"`, { at: path[0] === 'prices' ? 'key' : 'value' })
}

/** The one name of a target, or of a pattern of targets. */
export function canonicalName(kinds: Compilation['kinds'], provider: ProviderRule, id: string): string {
  const slash = id.indexOf('/')
  const kind = kinds.providers.find((each) => each.kind === provider.kind)
  return `${id.slice(0, slash)}/${kind?.canonicalModel?.(provider, id.slice(slash + 1)) ?? id.slice(slash + 1)}`
}

function compileTarget({ configuration, kinds }: Compilation, provider: ProviderRule, id: string, config: TargetConfig): TargetRule {
  const model = id.slice(id.indexOf('/') + 1)
  const kind = kinds.providers.find((each) => each.kind === provider.kind)
  const found = kind?.inCatalog(provider, model)
  const known = found && kinds.lookup(found.vendor, found.model)
  const own = config.price ?? configuration.prices.get(id)
  return {
    id,
    provider: provider.name,
    model,
    traits: [...new Set([...provider.traits, ...(config.traits ?? [])])],
    ...(kind?.reportsCost?.(provider) && { reportsCost: true }),
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
