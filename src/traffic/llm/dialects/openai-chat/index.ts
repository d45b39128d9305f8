// The OpenAI chat dialect: what clients speak at its doors, and what providers that speak it are sent.

export { codec } from './codec.ts'
export { chatDoor } from './endpoint.ts'
export { chatModelsEndpoints } from './models-endpoint.ts'
