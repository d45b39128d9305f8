// The most that one attempt may use: what hard budgets reserve. Bytes bound tokens, except those of media.

import type { Demand } from '../../../../../../contract/usage.ts'
import { embedDemand } from '../../../../wire/embed-demand.ts'
import type { Extras } from '../../../../wire/operation.ts'
import type { GeminiEmbeddingsView } from './view.ts'

const bytesPerToken = 4
const typicalMediaTokens = 1000

export function demandOf({ document, requests }: GeminiEmbeddingsView, read: () => Extras): Demand {
  const { media } = read()
  const inlineBytes = media.reduce((sum, { bytes: size = 0 }) => sum + Math.ceil((size * 4) / 3), 0)
  const bytes = Math.max(
    0,
    requests.reduce((sum, { content: { start, end } }) => sum + end - start, 0) - inlineBytes,
  )
  const typical = Math.ceil(bytes / bytesPerToken) + media.length * typicalMediaTokens
  const demand = embedDemand({ bytes: document.bytes.length, inputs: requests.length, typical })
  if (media.length === 0) return demand
  const reason = 'images, recordings, films and documents cost as much as the provider says'
  // The context window bounds one input, not several.
  return {
    ...demand,
    inputTokens: undefined,
    mayHoldAudio: true,
    hasUnboundedFees: requests.length > 1,
    reason,
  }
}
