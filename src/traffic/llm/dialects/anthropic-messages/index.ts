// The Anthropic Messages dialect: what clients speak at its doors, and what providers that speak it are sent.

export { codec } from './codec/index.ts'
export { messagesDoors } from './door.ts'
export { modelsDoors } from './models-door.ts'
