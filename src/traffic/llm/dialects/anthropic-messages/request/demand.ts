// The maximum usage of one message. The formula: wire/demand.ts. Writing to the cache costs more than plain
// input; the price bound assumes the most expensive kind of input.

import type { Demand } from '../../../../../contract/usage.ts'
import { typicalBodyTokens } from '../../../canonical/index.ts'
import { generateDemand, openFeesOf, toolsTokens } from '../../../wire/demand.ts'
import type { Extras } from '../../../wire/operation.ts'
import { offeredTools } from './tools.ts'
import type { MessagesView } from './view.ts'

/** The tokens for the instructions of a tool that Anthropic defines. */
const definedToolTokens = 1024
const tokensPerMedia = 1500

export function demandOf(view: MessagesView, read: () => Extras, isTranslated = false): Demand {
  const { document, maxOutputTokens, terms } = view
  const { media, served } = read()
  const tools = offeredTools(view)
  const defined = tools.filter(({ kind }) => kind !== 'custom').length
  const toolFees = isTranslated
    ? undefined
    : openFeesOf(served, () => tools.some(({ kind }) => kind === 'server'))
  const openFees =
    toolFees ??
    (maySummarize(view)
      ? 'the provider may summarize the conversation (compaction), and charges for that in addition to the response'
      : undefined)
  return generateDemand({
    bytes: document.bytes.length,
    media,
    tokensPerMedia,
    toolTokens: (tools.length > 0 ? toolsTokens : 0) + defined * definedToolTokens,
    // The results of Anthropic's tools become input.
    isInputOpen: toolFees !== undefined,
    openInput: 'images and documents cost as much as the provider decides',
    maxOutputTokens,
    noLimit: '"max_tokens" is not set',
    choices: 1,
    openFees,
    terms,
    mayHoldAudio: false,
  })
}

export const typicalInput = (bytes: number, media: readonly { bytes?: number }[]): number =>
  typicalBodyTokens(bytes, media, tokensPerMedia)

/**
 * `compaction`, or an edit of that kind. Other edits cost nothing.
 * https://platform.claude.com/docs/en/build-with-claude/compaction
 */
function maySummarize({ document: { latin1, members } }: MessagesView): boolean {
  const edits = members.get('context_management')
  if ((members.get('compaction')?.kind ?? 'null') !== 'null') return true
  return (
    edits !== undefined && edits.kind !== 'null' && /compact|\\u/.test(latin1.slice(edits.start, edits.end))
  )
}
