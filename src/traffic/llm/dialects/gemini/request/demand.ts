// The most that one attempt may use: what hard budgets reserve. Bytes bound tokens, except where the bytes
// are not what the model reads: media, a cached prefix, and what Google's own tools bring into the prompt.

import type { Demand } from '../../../../../contract/usage.ts'
import type { Extras } from '../../../wire/operation.ts'
import { unboundedBy } from '../../../wire/unbounded.ts'
import { termOf } from '../../../wire/tier.ts'
import { hasServerTools } from './tools.ts'
import type { GeminiView } from './view.ts'

const templateMargin = 64
/** Google puts instructions of its own before tools. */
const toolsMargin = 1024
const charactersPerToken = 4
const typicalOutputTokens = 256
const typicalMediaTokens = 1000

export function demandOf(view: GeminiView, read: () => Extras, isTranslated = false): Demand {
  const { document, fields, config, maxOutputTokens, choices } = view
  const bytes = document.bytes.length
  const { media, served } = read()
  const inlineBytes = media.reduce((sum, { bytes: size = 0 }) => sum + Math.ceil((size * 4) / 3), 0)
  const hasTools = fields.has('tools')
  const hasUnboundedFees = !isTranslated && (served.length > 0 || (hasTools && hasServerTools(view)))
  const term = termOf(view.serviceTier)
  const hasCache = isTold(fields.get('cachedContent'))
  const input =
    Math.ceil(Math.max(0, bytes - inlineBytes) / charactersPerToken) + media.length * typicalMediaTokens
  const output = Math.min(maxOutputTokens ?? typicalOutputTokens, typicalOutputTokens) * choices
  return {
    inputTokens:
      media.length > 0 || hasCache || hasUnboundedFees
        ? undefined
        : bytes + templateMargin + (hasTools ? toolsMargin : 0),
    outputTokens: maxOutputTokens === undefined ? undefined : maxOutputTokens * choices,
    choices,
    mayHoldAudio:
      media.some(({ kind }) => kind === 'audio' || kind === 'video') ||
      hasCache ||
      isTold(config?.fields.get('responseModalities')) ||
      isTold(config?.fields.get('speechConfig')),
    hasUnboundedFees,
    ...(term !== undefined && { terms: [term] }),
    typicalInputTokens: input,
    typicalTokens: input + output,
    ...reasonFor(view, { hasMedia: media.length > 0, hasCache, hasUnboundedFees, served }),
  }
}

function reasonFor(
  view: GeminiView,
  {
    hasMedia,
    hasCache,
    hasUnboundedFees,
    served,
  }: Record<'hasMedia' | 'hasCache' | 'hasUnboundedFees', boolean> & Pick<Extras, 'served'>,
) {
  if (hasUnboundedFees && served.length > 0) return { reason: unboundedBy(served) }
  if (hasUnboundedFees)
    return {
      reason:
        'the provider charges for each use of its own tools (search) and may use them as often as it likes',
    }
  if (view.maxOutputTokens === undefined)
    return { reason: '"generationConfig.maxOutputTokens" is not set and the target has no known limit' }
  if (hasCache)
    return {
      reason:
        'the size of "cachedContent" is known to the provider only; the target has no known context window',
    }
  if (hasMedia)
    return {
      reason:
        'images, audio and files cost as much as the provider says; the target has no known context window',
    }
  return {}
}

const isTold = (span: { kind: string } | undefined) => span !== undefined && span.kind !== 'null'
