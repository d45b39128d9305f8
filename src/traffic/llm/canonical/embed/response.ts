// The vectors that a model answers with, in no vendor's words. There is no stream of them.

import type { Usage } from '../../../../contract/usage.ts'

export interface EmbedResponse {
  /** The model as the provider names it. */
  model?: string
  /**
   * One for each input, in their order. Finite numbers, as the provider told them: nothing is rounded or
   * scaled.
   */
  vectors: readonly (readonly number[])[]
  /** Absent: not told. */
  usage?: Usage
}
