// The dialect of OpenAI's embeddings: what clients speak at its door, and what providers that speak it are
// sent.

export { codec } from './codec.ts'
export { embeddingsDoor } from './endpoint.ts'
