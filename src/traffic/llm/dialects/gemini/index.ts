// Google's dialects of generateContent and of embeddings: requests from their clients, and requests to
// providers that use them.

export { codec } from './codec.ts'
export { codec as embedCodec, embedDoors } from './embeddings/index.ts'
export { generateDoors } from './endpoint.ts'
export { geminiModelsEndpoints } from './models-endpoint.ts'
