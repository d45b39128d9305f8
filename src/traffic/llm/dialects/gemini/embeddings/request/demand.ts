// The maximum usage of one embeddings call. The number of bytes is an upper bound of tokens, except for
// media.

import type { Demand } from '../../../../../../contract/usage.ts'
import { typicalBodyTokens } from '../../../../canonical/index.ts'
import { embedDemand } from '../../../../wire/demand.ts'
import type { Extras } from '../../../../wire/operation.ts'
import type { GeminiEmbeddingsView } from './view.ts'

export function demandOf({ document, requests }: GeminiEmbeddingsView, read: () => Extras): Demand {
  const { media } = read()
  const bytes = requests.reduce((sum, { content: { start, end } }) => sum + end - start, 0)
  const demand = embedDemand({
    bytes: document.bytes.length,
    inputs: requests.length,
    typicalTokens: typicalBodyTokens(bytes, media),
  })
  if (media.length === 0) return demand
  return {
    ...demand,
    inputTokens: undefined,
    mayHoldAudio: true,
    // The context window bounds one input, not several.
    hasUnboundedFees: requests.length > 1,
    reason: 'images, audio, video and documents cost as much as the provider decides',
  }
}
