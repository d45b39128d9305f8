// The OpenAI chat dialect: requests from its clients, and requests to providers that use it.

export { codec } from './codec.ts'
export { chatDoor } from './endpoint.ts'
export { chatModelsEndpoints } from './models-endpoint.ts'
