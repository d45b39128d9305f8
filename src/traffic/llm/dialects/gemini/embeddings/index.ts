// Google's dialect of embeddings: what clients speak at its doors, and what providers that speak it are sent.

export { codec } from './codec.ts'
export { embedDoors } from './endpoint.ts'
