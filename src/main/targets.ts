// Targets that are not in the rules: creates them on demand from their provider and the catalog, and lists the
// models that providers report.

import type { DestinationRule, PriceRow, Snapshot, TargetRule } from '../contract/snapshot.ts'
import { createPriceFinder, pricesOf } from '../control/index.ts'
import type { ModelNames } from '../gateway/authorize/index.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { ListedModel, Provider } from '../traffic/llm/index.ts'
import { lookup, vendorOf } from '../traffic/llm/models/index.ts'
import { canonicalModel, inCatalog, otherNames, reportsCost } from '../traffic/llm/providers/index.ts'

/** Creates a function that makes targets, with the prices of the rules. */
export function createTargetMaker({
  prices = [],
}: Snapshot): (provider: DestinationRule, model: string) => TargetRule {
  const priceOf = createPriceFinder(prices)
  return (provider, model) => describeTarget(provider, model, priceOf(`${provider.name}/${model}`))
}

function describeTarget(provider: DestinationRule, model: string, price: PriceRow | undefined): TargetRule {
  const found = servesModels(provider) ? inCatalog(provider, model) : undefined
  const known = found && lookup(found.vendor, found.model)
  return {
    id: `${provider.name}/${model}`,
    provider: provider.name,
    model,
    traits: provider.traits,
    prices: pricesOf(price, known?.prices ?? []),
    ...(servesModels(provider) && reportsCost(provider) && { reportsCost: true }),
    ...(known?.contextWindow === undefined ? {} : { contextWindow: known.contextWindow }),
    ...(known?.maxOutputTokens === undefined ? {} : { maxOutputTokens: known.maxOutputTokens }),
  }
}

const servesModels = ({ serves }: DestinationRule) => serves === 'model'
const isReady = (rule: DestinationRule) => servesModels(rule) && rule.notReady === undefined
const isModel = ({ destinations }: Snapshot, { provider }: TargetRule) =>
  destinations[provider]?.serves === 'model'

/** The traffic module's knowledge of model names, for `authorize`. */
export const createModelNames = (snapshot: Snapshot): ModelNames => ({
  bareName: (name) => bareName(snapshot, name),
  canonical: canonicalModel,
  otherNames,
})

/** Without a configuration file, `gpt-5-mini` means `openai/gpt-5-mini` if that provider is ready. */
function bareName(snapshot: Snapshot, name: string): string | undefined {
  const vendor = vendorOf(name)
  if (vendor === undefined) return undefined
  const provider = Object.values(snapshot.destinations).find(
    (rule) => isReady(rule) && inCatalog(rule, name)?.vendor === vendor,
  )
  return provider && `${provider.name}/${name}`
}

export interface DiscoveryParts {
  clock: Clock
  log: Log
  providerOf(rule: DestinationRule): Provider
}

const refreshMs = 5 * 60_000
const maxPerProvider = 2_000

/** The models that callers can list: those of the snapshot, and those that providers list themselves. */
export class Discovery {
  readonly #parts: DiscoveryParts
  #timer: Timer | undefined
  #abort = new AbortController()
  #models: readonly ListedModel[] = []
  /** By provider. */
  readonly #discovered = new Map<string, readonly string[]>()

  constructor(parts: DiscoveryParts) {
    this.#parts = parts
  }

  list(): readonly ListedModel[] {
    return this.#models
  }

  /** Asks all ready providers for their models, now and every few minutes. */
  start(snapshot: Snapshot): void {
    for (const name of this.#discovered.keys())
      if (!snapshot.destinations[name]) this.#discovered.delete(name)
    this.#rebuild(snapshot)
    this.#askAll(snapshot)
  }

  stop(): void {
    this.#abort.abort()
    this.#timer?.cancel()
  }

  #rebuild(snapshot: Snapshot): void {
    const models = new Map<string, ListedModel>()
    for (const name of Object.keys(snapshot.models)) models.set(name, { id: name, ownedBy: 'gatehouse' })
    for (const target of Object.values(snapshot.targets))
      if (isModel(snapshot, target)) models.set(target.id, { id: target.id, ownedBy: target.provider })
    for (const [provider, names] of this.#discovered)
      for (const name of names)
        models.set(`${provider}/${name}`, { id: `${provider}/${name}`, ownedBy: provider })
    this.#models = [...models.values()]
  }

  async #ask(rule: DestinationRule, snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    try {
      const provider = this.#parts.providerOf(rule)
      if (!provider.discover) return
      const names = await provider.discover(signal)
      if (signal.aborted) return
      this.#discovered.set(rule.name, names.slice(0, maxPerProvider))
      this.#rebuild(snapshot)
    } catch (thrown) {
      // Listing is optional: a caller that knows the name of a model can call it.
      if (!signal.aborted)
        this.#parts.log.warn('a provider does not list its models', { provider: rule.name }, thrown)
    }
  }

  #askAll(snapshot: Snapshot): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    for (const rule of Object.values(snapshot.destinations))
      if (isReady(rule)) void this.#ask(rule, snapshot, this.#abort.signal)
    this.#timer?.cancel()
    this.#timer = this.#parts.clock.after(refreshMs, () => this.#askAll(snapshot))
  }
}
