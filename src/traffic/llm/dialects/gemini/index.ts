// Google's dialects, of generateContent and of embeddings: what clients speak at its doors, and what
// providers that speak it are sent.

export { codec } from './codec.ts'
export { codec as embedCodec, embedDoors } from './embeddings/index.ts'
export { generateDoors } from './endpoint.ts'
export { geminiModelsEndpoints } from './models-endpoint.ts'
