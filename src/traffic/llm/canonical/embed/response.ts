// The vectors of a response in the canonical form. They are never streamed.

import type { Usage } from '../../../../contract/usage.ts'

export interface EmbedResponse {
  /** The model as the provider names it. */
  model?: string
  /** One for each input, in their order. Finite numbers exactly as the provider sent them. */
  vectors: readonly (readonly number[])[]
  /** Absent means not reported. */
  usage?: Usage
}
