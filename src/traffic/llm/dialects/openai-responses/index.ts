// The OpenAI Responses dialect: requests from its clients, and requests to providers that use it.

export { codec } from './codec.ts'
export { responsesDoors } from './endpoint.ts'
export { createKeptResponses } from './state/kept.ts'
export type { KeptOptions, KeptResponses } from './state/kept.ts'
