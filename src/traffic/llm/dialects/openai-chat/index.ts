// The OpenAI chat dialect: what clients speak at its doors, and what providers that speak it are sent.

export { codec } from './codec.ts'
export { chatDoor } from './endpoint.ts'
export { modelsDoors } from './models-endpoint.ts'
export type { ListedModel } from './models-endpoint.ts'
