// The maximum usage of one chat completion. The formula: wire/demand.ts.

import type { Demand } from '../../../../../contract/usage.ts'
import { generateDemand, hasKind, openFeesOf, toolsTokens } from '../../../wire/demand.ts'
import type { Extras } from '../../../wire/operation.ts'
import { termOf } from '../../../wire/tier.ts'
import { costlyMembers } from '../../../wire/vendor-fields.ts'
import { customTools, hasServerTools } from './tools.ts'
import type { ChatView } from './view.ts'

/** The schema that translation adds to a free-text tool (translate/free-text.ts). */
const customToolTokens = 256

export function demandOf(view: ChatView, read: () => Extras, isTranslated = false): Demand {
  const { document, maxOutputTokens, choices } = view
  const { members } = document
  const { media, served } = read()
  const hasTools = members.has('tools') || members.has('functions')
  const term = termOf(view.serviceTier)
  const prediction = members.get('prediction')
  const demand = generateDemand({
    bytes: document.bytes.length,
    media,
    toolTokens: (hasTools ? toolsTokens : 0) + (isTranslated ? customTools(view) * customToolTokens : 0),
    isInputOpen: false,
    openInput: 'images, audio and files cost as much as the provider decides',
    maxOutputTokens,
    noLimit: 'neither "max_completion_tokens" nor "max_tokens" is set',
    // A wrong prediction is billed as output, possibly on top of the limit.
    predictedTokens: prediction ? prediction.end - prediction.start : 0,
    choices,
    openFees: isTranslated
      ? undefined
      : openFeesOf([...served, ...costlyMembers(document)], () => hasTools && hasServerTools(view)),
    terms: term === undefined ? [] : [term],
    mayHoldAudio: hasKind(media, 'audio', 'video') || members.has('modalities') || members.has('audio'),
  })
  return hasKind(media, 'file') ? { ...demand, hasFiles: true } : demand
}
