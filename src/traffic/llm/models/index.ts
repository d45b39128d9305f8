// The entry of this folder: facts about models that are known without asking a provider.

export type { KnownModel } from './known-model.ts'
export { lookup } from './lookup.ts'
export { vendorOf } from './vendor-of.ts'
