// The maximum usage of one response. The formula: wire/demand.ts.

import type { Demand } from '../../../../../contract/usage.ts'
import { generateDemand, hasKind, openFeesOf, toolsTokens } from '../../../wire/demand.ts'
import type { Extras } from '../../../wire/operation.ts'
import { termOf } from '../../../wire/tier.ts'
import { hasServerTools, hasTools, reshapedTools } from './tools.ts'
import type { ResponsesView } from './view.ts'

/** The tokens that translation adds to a tool when it becomes a function of another shape or name. */
const reshapedToolTokens = 256

export function demandOf(view: ResponsesView, read: () => Extras, isTranslated = false): Demand {
  const { document, maxOutputTokens, serviceTier } = view
  const { media, served } = read()
  const offersTools = hasTools(view)
  const openFees = isTranslated ? undefined : openFeesOf(served, () => offersTools && hasServerTools(view))
  const term = termOf(serviceTier)
  return generateDemand({
    bytes: document.bytes.length,
    media,
    toolTokens:
      (offersTools ? toolsTokens : 0) +
      (isTranslated && offersTools ? reshapedTools(view) * reshapedToolTokens : 0),
    // The results of the vendor's tools become input.
    isInputOpen: openFees !== undefined || document.members.has('prompt'),
    openInput: 'images, files and stored prompts cost as much as the provider decides',
    maxOutputTokens,
    noLimit: '"max_output_tokens" is not set',
    openFees,
    terms: term === undefined ? [] : [term],
    mayHoldAudio: hasKind(media, 'audio', 'video'),
  })
}
