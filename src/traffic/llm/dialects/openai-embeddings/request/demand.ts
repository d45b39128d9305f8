// The most that one attempt may use: what hard budgets reserve. There is no output; a token stands for at
// least one byte of what is spelled here, be it text or the digits and commas of its id.

import type { Demand } from '../../../../../contract/usage.ts'
import { embedDemand } from '../../../wire/embed-demand.ts'
import { termOf } from '../../../wire/tier.ts'
import type { EmbeddingsView } from './view.ts'

const bytesPerToken = 4
/** `12345,` */
const bytesPerId = 6

export function demandOf({ document, inputs, serviceTier }: EmbeddingsView): Demand {
  const typical = inputs.reduce(
    (sum, { span, kind }) =>
      sum + Math.ceil((span.end - span.start) / (kind === 'array' ? bytesPerId : bytesPerToken)),
    0,
  )
  const term = termOf(serviceTier)
  return {
    ...embedDemand({ bytes: document.bytes.length, inputs: inputs.length, typical }),
    // pictures of other vendors cost whatever they cost
    ...(inputs.some(({ kind }) => kind === 'object') && {
      inputTokens: undefined,
      reason: 'inputs that are no texts have no known number of tokens',
    }),
    ...(term !== undefined && { terms: [term] }),
  }
}
