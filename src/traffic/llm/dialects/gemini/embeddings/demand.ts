// The most that one attempt may use: what hard budgets reserve. Bytes bound tokens, except those of media.

import type { Demand } from '../../../../../contract/traffic.ts'
import { embedDemand } from '../../../wire/embed-demand.ts'
import type { RequestContent } from '../../../wire/operation.ts'
import type { GeminiEmbeddingsView } from './view.ts'

const bytesPerToken = 4
const typicalMediaTokens = 1000

export function demandOf({ document, requests }: GeminiEmbeddingsView, read: () => RequestContent): Demand {
  const { slots, media } = read()
  const bytes = slots.reduce((sum, { spans }) => sum + spans.reduce((inner, { start, end }) => inner + end - start, 0), 0)
  const typical = Math.ceil(bytes / bytesPerToken) + media.length * typicalMediaTokens
  const demand = embedDemand({ bytes: document.bytes.length, inputs: requests.length, typical })
  if (media.length === 0) return demand
  const reason = 'images, recordings, films and documents cost as much as the provider says'
  // The context window bounds one input, not several.
  return { ...demand, inputTokens: undefined, mayHoldAudio: true, hasUnboundedFees: requests.length > 1, reason }
}
