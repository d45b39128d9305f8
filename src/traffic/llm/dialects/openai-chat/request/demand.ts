// The most that one attempt may use: what hard budgets reserve. MONEY: bytes bound tokens, except where the
// bytes are not what the model reads.
//
// A token stands for at least one byte of text, and JSON spells text with at least as many bytes as it has;
// the quotes and keys around each message are longer than the few tokens that a chat template puts there. So
// the size of the body bounds the input. What that misses:
// - media: an image of 100 bytes of URL may cost thousands of tokens; only the target's context window bounds
// it (`inputTokens` undefined);
// - tiers of service cost a multiple of the usual prices: told as `terms`, which the price list has factors
// for;
// - what a prediction gets wrong is billed as output, and may come on top of the limit;
// - tools: vendors prepend instructions of their own, hundreds of tokens (`toolsMargin`);
// - tokenizers that normalize text into a longer one (NFKC of U+FDFA): none of the targets known to us does.

import type { Demand } from '../../../../../contract/usage.ts'
import type { Extras } from '../../../wire/operation.ts'
import { unboundedBy } from '../../../wire/unbounded.ts'
import { termOf } from '../../../wire/tier.ts'
import { customTools, hasServerTools } from './tools.ts'
import { costlyMembers } from '../../../wire/vendor-fields.ts'
import type { ChatView } from './view.ts'

const templateMargin = 64
const toolsMargin = 1024
/**
 * A tool of free text becomes a function of one text elsewhere, whose schema is ours: translate/free-text.ts.
 */
const customToolMargin = 256

/**
 * English text, JSON included, has about four characters per token; answers are mostly shorter than this; an
 * image is about a thousand.
 */
const charactersPerToken = 4
const typicalOutputTokens = 256
const typicalMediaTokens = 1000

export function demandOf(view: ChatView, read: () => Extras, isTranslated = false): Demand {
  const { document, maxOutputTokens, choices } = view
  const bytes = document.bytes.length
  const { media, served: members } = read()
  const served = [...members, ...costlyMembers(document)]
  const inlineBytes = media.reduce((sum, { bytes: size = 0 }) => sum + Math.ceil((size * 4) / 3), 0)
  const hasTools = document.members.has('tools') || document.members.has('functions')
  const hasUnboundedFees = !isTranslated && (served.length > 0 || (hasTools && hasServerTools(view)))
  const term = termOf(view.serviceTier)
  const input =
    Math.ceil(Math.max(0, bytes - inlineBytes) / charactersPerToken) + media.length * typicalMediaTokens
  const output = Math.min(maxOutputTokens ?? typicalOutputTokens, typicalOutputTokens) * choices
  const prediction = document.members.get('prediction')
  const predicted = prediction ? prediction.end - prediction.start : 0
  return {
    inputTokens:
      media.length > 0
        ? undefined
        : bytes +
          templateMargin +
          (hasTools ? toolsMargin : 0) +
          (isTranslated ? customTools(view) * customToolMargin : 0),
    outputTokens: maxOutputTokens === undefined ? undefined : (maxOutputTokens + predicted) * choices,
    choices,
    mayHoldAudio:
      media.some(({ kind }) => kind === 'audio' || kind === 'video') ||
      document.members.has('modalities') ||
      document.members.has('audio'),
    ...(media.some(({ kind }) => kind === 'file') && { hasFiles: true }),
    hasUnboundedFees,
    ...(term !== undefined && { terms: [term] }),
    typicalInputTokens: input,
    typicalTokens: input + output,
    ...reasonFor(media.length > 0, maxOutputTokens === undefined, hasUnboundedFees, served),
  }
}

function reasonFor(
  hasMedia: boolean,
  isOutputOpen: boolean,
  hasUnboundedFees: boolean,
  served: readonly string[],
): { reason?: string } {
  if (hasUnboundedFees && served.length > 0) return { reason: unboundedBy(served) }
  if (hasUnboundedFees)
    return {
      reason:
        'the provider charges for each use of its own tools (web search) and may use them as often as it likes',
    }
  if (isOutputOpen)
    return {
      reason: 'neither "max_completion_tokens" nor "max_tokens" is set and the target has no known limit',
    }
  if (hasMedia)
    return {
      reason:
        'images, audio and files cost as much as the provider says; the target has no known context window',
    }
  return {}
}
