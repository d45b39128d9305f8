// The maximum usage of one embeddings call. A token has at least one byte here: a byte of text, or the digits
// and the comma of its id.

import type { Demand } from '../../../../../contract/usage.ts'
import { typicalTextTokens } from '../../../canonical/index.ts'
import { embedDemand } from '../../../wire/demand.ts'
import { termOf } from '../../../wire/tier.ts'
import type { EmbeddingsView } from './view.ts'

/** `12345,` */
const bytesPerId = 6

export function demandOf({ document, inputs, serviceTier }: EmbeddingsView): Demand {
  const typicalTokens = inputs.reduce((sum, { span: { start, end }, kind }) => {
    return sum + (kind === 'array' ? Math.ceil((end - start) / bytesPerId) : typicalTextTokens(end - start))
  }, 0)
  const term = termOf(serviceTier)
  return {
    ...embedDemand({ bytes: document.bytes.length, inputs: inputs.length, typicalTokens }),
    // The size of another vendor's images is unknown.
    ...(inputs.some(({ kind }) => kind === 'object') && {
      inputTokens: undefined,
      reason: 'only inputs that are texts have a known number of tokens',
    }),
    ...(term !== undefined && { terms: [term] }),
  }
}
