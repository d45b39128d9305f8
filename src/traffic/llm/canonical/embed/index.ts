// The canonical form of embeddings, the second family of operations.

export { fromBase64, toBase64 } from './base64.ts'
export type { DecodedEmbedRequest, EmbedSeed, EmbedCodec, EmbedResponse } from './codec.ts'
export type { EmbedInput, EmbedPart, EmbedRequest } from './request.ts'
