// The models of the demo provider. Their prices are made up but not zero, so that budgets and spending can be
// tried offline.

import type { KnownModel } from './known-model.ts'

const rates: KnownModel = {
  prices: [{ input: 100_000_000, output: 400_000_000 }],
  contextWindow: 128_000,
  maxOutputTokens: 4096,
}

const embedRates: KnownModel = {
  prices: [{ input: 20_000_000, output: 0 }],
  contextWindow: 8192,
}

export const demoModels: ReadonlyMap<string, KnownModel> = new Map([
  ...['echo', 'slow', 'flaky', 'agent'].map((name) => [name, rates] as const),
  ['embed', embedRates],
])
