// The room's door: what is known of models without asking a provider.

export type { KnownModel } from './known-model.ts'
export { lookup } from './lookup.ts'
export { vendorOf } from './vendor-of.ts'
