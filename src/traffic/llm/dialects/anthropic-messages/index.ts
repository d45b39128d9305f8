// The Anthropic Messages dialect: requests from its clients, and requests to providers that use it.

export { codec } from './codec.ts'
export { messagesDoors } from './endpoint.ts'
export { messagesModelsEndpoints } from './models-endpoint.ts'
