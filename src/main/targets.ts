// Targets that no model names: made on demand from their provider and the catalog, and listed as the
// providers tell them.

import type { DestinationRule, PriceRow, Snapshot, TargetRule } from '../contract/snapshot.ts'
import { priceFinder, pricesOf } from '../control/index.ts'
import type { ModelNames } from '../gateway/authorize/index.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import type { ListedModel, Provider } from '../traffic/llm/index.ts'
import { lookup, vendorOf } from '../traffic/llm/models/index.ts'
import { canonicalModel, inCatalog, otherNames, reportsCost } from '../traffic/llm/providers/index.ts'

/** Makes targets that the rules do not name, with the prices that these have for them. */
export function targetMaker({
  prices = [],
}: Snapshot): (provider: DestinationRule, model: string) => TargetRule {
  const priceOf = priceFinder(prices)
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

/** What the traffic module knows about names of models, for `authorize`. */
export const modelNames = (snapshot: Snapshot): ModelNames => ({
  bareName: (name) => bareName(snapshot, name),
  canonical: canonicalModel,
  otherNames,
})

/** With no configuration file: `gpt-5-mini` → `openai/gpt-5-mini`, if that provider is there and ready. */
function bareName(snapshot: Snapshot, name: string): string | undefined {
  const vendor = vendorOf(name)
  if (vendor === undefined) return undefined
  const provider = Object.values(snapshot.destinations).find(
    (rule) => isReady(rule) && inCatalog(rule, name)?.vendor === vendor,
  )
  return provider && `${provider.name}/${name}`
}

export interface Discovery {
  /** Models of the snapshot, targets that it names, and what providers told of themselves. */
  list(): readonly ListedModel[]
  /** Asks all ready providers again, now and then every few minutes. */
  start(snapshot: Snapshot): void
  stop(): void
}

const againMs = 5 * 60_000
const mostPerProvider = 2_000

export interface DiscoveryParts {
  clock: Clock
  log: Log
  providerOf(rule: DestinationRule): Provider
}

export function discovery({ clock, log, providerOf }: DiscoveryParts): Discovery {
  let inForce: Snapshot | undefined
  let timer: Timer | undefined
  let abort = new AbortController()
  let listed: readonly ListedModel[] = []
  const told = new Map<string, readonly string[]>()

  function refresh(snapshot: Snapshot) {
    const models = new Map<string, ListedModel>()
    for (const name of Object.keys(snapshot.models)) models.set(name, { id: name, ownedBy: 'gatehouse' })
    for (const target of Object.values(snapshot.targets))
      if (isModel(snapshot, target)) models.set(target.id, { id: target.id, ownedBy: target.provider })
    for (const [provider, names] of told)
      for (const name of names)
        models.set(`${provider}/${name}`, { id: `${provider}/${name}`, ownedBy: provider })
    listed = [...models.values()]
  }

  async function ask(rule: DestinationRule, snapshot: Snapshot, signal: AbortSignal): Promise<void> {
    try {
      const provider = providerOf(rule)
      if (!provider.discover) return
      const names = await provider.discover(signal)
      if (signal.aborted) return
      told.set(rule.name, names.slice(0, mostPerProvider))
      refresh(snapshot)
    } catch (thrown) {
      // A list is comfort: whoever knows a model's name can call it.
      if (!signal.aborted) log.warn('a provider does not list its models', { provider: rule.name }, thrown)
    }
  }

  function askAll(snapshot: Snapshot) {
    abort.abort()
    abort = new AbortController()
    for (const rule of Object.values(snapshot.destinations))
      if (isReady(rule)) void ask(rule, snapshot, abort.signal)
    timer?.cancel()
    timer = clock.after(againMs, () => askAll(snapshot))
  }

  return {
    list: () => listed,
    start(snapshot) {
      inForce = snapshot
      for (const name of told.keys()) if (!snapshot.destinations[name]) told.delete(name)
      refresh(inForce)
      askAll(inForce)
    },
    stop() {
      abort.abort()
      timer?.cancel()
    },
  }
}
