// The Anthropic Messages dialect: what clients speak at its doors, and what providers that speak it are sent.

export { codec } from './codec.ts'
export { messagesDoors } from './endpoint.ts'
export { messagesModelsEndpoints } from './models-endpoint.ts'
