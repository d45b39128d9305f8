// The most that one attempt may use: what hard budgets reserve. MONEY: bytes bound tokens, except where the
// bytes are not what the model reads.
//
// A token stands for at least one byte of text, and JSON spells text with at least as many bytes as it has.
// What the size of the body does not bound: media (an image of 100 bytes of URL may cost thousands of
// tokens), stored prompts, and the vendor's own tools, which bring text of their own and cost fees. Tiers of
// service cost a multiple of the usual prices: told as `terms`, which the price list has factors for.

import type { Demand } from '../../../../../contract/usage.ts'
import type { Extras } from '../../../wire/operation.ts'
import { unboundedBy } from '../../../wire/unbounded.ts'
import { termOf } from '../../../wire/tier.ts'
import { hasServerTools, hasTools, reshapedTools } from './tools.ts'
import type { ResponsesView } from './view.ts'

const templateMargin = 64
/** Vendors prepend instructions of their own for tools. */
const toolsMargin = 1024
/** What the translation adds to a tool that becomes a function of another shape or name. */
const reshapedToolMargin = 256

/**
 * English text, JSON included, has about four characters per token; answers are mostly shorter than this; an
 * image is about a thousand.
 */
const charactersPerToken = 4
const typicalOutputTokens = 256
const typicalMediaTokens = 1000

export function demandOf(view: ResponsesView, read: () => Extras, isTranslated = false): Demand {
  const { document, maxOutputTokens, serviceTier } = view
  const bytes = document.bytes.length
  const { media, served } = read()
  const inlineBytes = media.reduce((sum, { bytes: size = 0 }) => sum + Math.ceil((size * 4) / 3), 0)
  const offersTools = hasTools(view)
  const runsTools = !isTranslated && (served.length > 0 || (offersTools && hasServerTools(view)))
  const reshaped = isTranslated && offersTools ? reshapedTools(view) * reshapedToolMargin : 0
  const isOpen = media.length > 0 || runsTools || document.members.has('prompt')
  const hasUnboundedFees = runsTools
  const term = termOf(serviceTier)
  const input =
    Math.ceil(Math.max(0, bytes - inlineBytes) / charactersPerToken) + media.length * typicalMediaTokens
  const output = Math.min(maxOutputTokens ?? typicalOutputTokens, typicalOutputTokens)
  const reason =
    runsTools && served.length > 0 ? unboundedBy(served) : reasonFor(view, hasUnboundedFees, isOpen)
  return {
    inputTokens: isOpen ? undefined : bytes + templateMargin + (offersTools ? toolsMargin : 0) + reshaped,
    outputTokens: maxOutputTokens,
    mayHoldAudio: media.some(({ kind }) => kind === 'audio' || kind === 'video'),
    hasUnboundedFees,
    ...(term !== undefined && { terms: [term] }),
    typicalInputTokens: input,
    typicalTokens: input + output,
    ...(reason === undefined ? {} : { reason }),
  }
}

function reasonFor(
  { maxOutputTokens }: ResponsesView,
  hasUnboundedFees: boolean,
  isOpen: boolean,
): string | undefined {
  if (hasUnboundedFees)
    return 'the provider charges for each use of its own tools (web search) and may use them as often as it likes'
  if (maxOutputTokens === undefined) return '"max_output_tokens" is not set and the target has no known limit'
  return isOpen
    ? 'images, files and stored prompts cost as much as the provider says; the target has no known context window'
    : undefined
}
