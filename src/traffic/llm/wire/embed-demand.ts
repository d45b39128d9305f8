// The bound of a call for embeddings whose inputs are texts, in whichever dialect.

import type { Demand } from '../../../contract/usage.ts'

/** Tokens that a tokenizer puts around each input, and what a vendor puts before it for a task. */
const inputMargin = 32
const callMargin = 64

/** @param typical tokens that such a call usually has */
export function embedDemand({
  bytes,
  inputs,
  typical,
}: {
  bytes: number
  inputs: number
  typical: number
}): Demand {
  return {
    inputTokens: bytes + inputs * inputMargin + callMargin,
    outputTokens: 0,
    mayHoldAudio: false,
    hasUnboundedFees: false,
    typicalTokens: typical,
    typicalInputTokens: typical,
  }
}
