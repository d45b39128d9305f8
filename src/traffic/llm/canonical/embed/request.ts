// A request for embeddings in the canonical form. Its rules are those of text generation (../request.ts).

import type { MediaBlock } from '../request.ts'

export interface EmbedRequest {
  /** The target's own name of the model. */
  model: string
  /** At least one. The response has a vector for each, in this order. */
  inputs: readonly EmbedInput[]
  /** The caller's end user, an opaque id. */
  user?: string
}

/** One input becomes one vector, with any number of parts. */
export interface EmbedInput {
  /** At least one. */
  parts: readonly EmbedPart[]
  /** The purpose of the vector, in Google's terms: `RETRIEVAL_DOCUMENT`. */
  taskType?: string
  /** Title of the document. */
  title?: string
  /** Length of the vector. */
  dimensions?: number
}

export type EmbedPart =
  | { kind: 'text'; text: string }
  | { kind: 'tokens'; ids: readonly number[] }
  | MediaBlock
