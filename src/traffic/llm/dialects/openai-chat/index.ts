// The OpenAI chat dialect: what clients speak at its doors, and what providers that speak it are sent.

export { codec } from './codec/index.ts'
export { chatDoor } from './door.ts'
export { modelsDoors } from './models-door.ts'
export type { ListedModel } from './models-door.ts'
