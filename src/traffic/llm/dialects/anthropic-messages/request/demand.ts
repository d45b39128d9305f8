// The most that one attempt may use: what hard budgets reserve. MONEY: bytes bound tokens, except where the
// bytes are not what the model reads.
//
// As in every dialect of text a token stands for at least one byte, and JSON spells text with at least as
// many bytes as it has. What that misses:
// - media: only the target's context window bounds them (`inputTokens` undefined);
// - tools: Anthropic prepends instructions, some hundreds of tokens, more for the tools that it defines
// itself (`toolMargin` each);
// - tools that Anthropic runs: what they find is input again and again, and searches have a price each:
// nothing bounds it;
// - the cache: writing costs more than plain input. The price's own bound takes the dearest kind of input.

import type { Demand } from '../../../../../contract/usage.ts'
import type { Extras } from '../../../wire/operation.ts'
import { unboundedBy } from '../../../wire/unbounded.ts'
import { offeredTools } from './tools.ts'
import type { MessagesView } from './view.ts'

const templateMargin = 64
const toolsMargin = 1024
const toolMargin = 1024

/**
 * English text, JSON included, has about four characters per token; answers are mostly shorter than this; an
 * image is about 1,500.
 */
const charactersPerToken = 4
const typicalOutputTokens = 256
const typicalMediaTokens = 1500

export function demandOf(view: MessagesView, read: () => Extras, isTranslated = false): Demand {
  const { document, maxOutputTokens, terms } = view
  const { media, served } = read()
  const tools = offeredTools(view)
  const isServed = !isTranslated && (served.length > 0 || tools.some(({ kind }) => kind === 'server'))
  const bytes = document.bytes.length
  const defined = tools.filter(({ kind }) => kind !== 'custom').length
  const input = typicalInput(bytes, media)
  return {
    inputTokens:
      media.length > 0 || isServed
        ? undefined
        : bytes + templateMargin + (tools.length > 0 ? toolsMargin : 0) + defined * toolMargin,
    outputTokens: maxOutputTokens,
    choices: 1,
    mayHoldAudio: false,
    hasUnboundedFees: isServed || maySumUp(view),
    ...(terms.length > 0 && { terms }),
    typicalInputTokens: input,
    typicalTokens: input + Math.min(maxOutputTokens ?? typicalOutputTokens, typicalOutputTokens),
    ...reasonFor(view, { isServed, served, hasMedia: media.length > 0 }),
  }
}

/** An estimate; text of all languages and images of all sizes differ from it. */
export function typicalInput(bytes: number, media: readonly { bytes?: number }[]): number {
  const inline = media.reduce((sum, { bytes: size = 0 }) => sum + Math.ceil((size * 4) / 3), 0)
  return Math.ceil(Math.max(0, bytes - inline) / charactersPerToken) + media.length * typicalMediaTokens
}

interface Findings {
  isServed: boolean
  served: readonly string[]
  hasMedia: boolean
}

function reasonFor(view: MessagesView, { isServed, served, hasMedia }: Findings): { reason?: string } {
  const { maxOutputTokens } = view
  if (isServed && served.length > 0) return { reason: unboundedBy(served) }
  if (isServed)
    return {
      reason:
        'the provider runs tools of its own (web search, code, MCP servers) as often as it likes, and charges for it',
    }
  if (maySumUp(view))
    return {
      reason: 'the provider sums the conversation up (compaction), and charges for that beside the answer',
    }
  if (maxOutputTokens === undefined)
    return { reason: '"max_tokens" is not set and the target has no known limit' }
  if (hasMedia)
    return {
      reason:
        'images and documents cost as much as the provider says; the target has no known context window',
    }
  return {}
}

/**
 * `compaction`, or an edit of that kind among others that cost nothing.
 * https://platform.claude.com/docs/en/build-with-claude/compaction
 */
function maySumUp({ document: { latin1, members } }: MessagesView): boolean {
  const edits = members.get('context_management')
  if ((members.get('compaction')?.kind ?? 'null') !== 'null') return true
  return (
    edits !== undefined && edits.kind !== 'null' && /compact|\\u/.test(latin1.slice(edits.start, edits.end))
  )
}
