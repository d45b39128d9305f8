// OpenAI's embeddings dialect: requests from its clients, and requests to providers that use it.

export { codec } from './codec.ts'
export { embeddingsDoor } from './endpoint.ts'
