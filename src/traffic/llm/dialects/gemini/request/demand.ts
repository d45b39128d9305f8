// The maximum usage of one generateContent call. The formula: wire/demand.ts.

import type { Demand } from '../../../../../contract/usage.ts'
import { generateDemand, hasKind, openFeesOf, toolsTokens } from '../../../wire/demand.ts'
import type { Extras } from '../../../wire/operation.ts'
import { termOf } from '../../../wire/tier.ts'
import { hasServerTools } from './tools.ts'
import type { GeminiView } from './view.ts'

export function demandOf(view: GeminiView, read: () => Extras, isTranslated = false): Demand {
  const { document, fields, config, maxOutputTokens, choices } = view
  const { media, served } = read()
  const hasTools = fields.has('tools')
  const openFees = isTranslated ? undefined : openFeesOf(served, () => hasTools && hasServerTools(view))
  const hasCache = isSet(fields.get('cachedContent'))
  const term = termOf(view.serviceTier)
  return generateDemand({
    bytes: document.bytes.length,
    media,
    toolTokens: hasTools ? toolsTokens : 0,
    // The results of Google's tools become input.
    isInputOpen: hasCache || openFees !== undefined,
    openInput: hasCache
      ? 'only the provider knows the size of "cachedContent"'
      : 'images, audio and files cost as much as the provider decides',
    maxOutputTokens,
    noLimit: '"generationConfig.maxOutputTokens" is not set',
    choices,
    openFees,
    terms: term === undefined ? [] : [term],
    mayHoldAudio:
      hasKind(media, 'audio', 'video') ||
      hasCache ||
      isSet(config?.fields.get('responseModalities')) ||
      isSet(config?.fields.get('speechConfig')),
  })
}

const isSet = (span: { kind: string } | undefined) => span !== undefined && span.kind !== 'null'
