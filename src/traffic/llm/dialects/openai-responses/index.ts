// The OpenAI Responses dialect: what clients speak at its door, and what providers that speak it are sent.

export { codec } from './codec.ts'
export { responsesDoors } from './endpoint.ts'
export { createKeptResponses } from './state/kept.ts'
export type { KeptOptions, KeptResponses } from './state/kept.ts'
