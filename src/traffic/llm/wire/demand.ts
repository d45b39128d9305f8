// The most that one attempt may use, which hard budgets reserve (docs/reference/money.md). All dialects share
// this formula. Each dialect supplies the values of its own fields.
//
// The size of the body is an upper bound for the tokens of the input. A token has at least one byte of text,
// and JSON never writes a text in fewer bytes than it has. The quotes and keys around each message are longer
// than the few tokens that a chat template adds there. The size does not bound:
// - media: a URL of 100 bytes may cost thousands of tokens, so only the target's context window bounds it;
// - additions of the vendor: instructions for tools (`toolTokens`), stored prompts, results of tools that it
//   runs itself;
// - tokenizers that normalize a text into a longer one (NFKC of U+FDFA). No known target does this.
//
// Service tiers cost a multiple of the usual prices. They are `terms`, for which the price list has factors.

import type { Demand } from '../../../contract/usage.ts'
import { typicalBodyTokens } from '../canonical/index.ts'
import type { Extras } from './operation.ts'

/** What a chat template adds around a conversation. */
const templateTokens = 64
/** The instructions that vendors add for tools, without the definitions. */
export const toolsTokens = 1024
/** Most responses are shorter. */
const typicalOutputTokens = 256

export interface GenerateNeeds {
  /** The size of the body. */
  bytes: number
  media: Extras['media']
  tokensPerMedia?: number
  /** The tokens that the vendor and the translation add for tools. */
  toolTokens: number
  /** Does the provider read more than the body contains? Media are counted separately. */
  isInputOpen: boolean
  /** The reason why the input has no bound, if it has none: `images cost …`. */
  openInput: string
  maxOutputTokens: number | undefined
  /** The field that limits the output, with its verb: `"max_tokens" is not set`. */
  noLimit: string
  /** Output tokens that each choice may have in addition to the limit. */
  predictedTokens?: number
  choices?: number
  /** The reason why the fees have no bound. Undefined if they have one. */
  openFees: string | undefined
  terms: readonly string[]
  mayHoldAudio: boolean
}

export function generateDemand(needs: GenerateNeeds): Demand {
  const { bytes, media, toolTokens, maxOutputTokens, predictedTokens = 0, choices, openFees, terms } = needs
  const isInputOpen = needs.isInputOpen || media.length > 0
  const input = typicalBodyTokens(bytes, media, needs.tokensPerMedia)
  const output = Math.min(maxOutputTokens ?? typicalOutputTokens, typicalOutputTokens) * (choices ?? 1)
  const reason =
    openFees ??
    (maxOutputTokens === undefined
      ? `${needs.noLimit} and the target has no known limit`
      : isInputOpen
        ? `${needs.openInput}; the target has no known context window`
        : undefined)
  return {
    inputTokens: isInputOpen ? undefined : bytes + templateTokens + toolTokens,
    outputTokens:
      maxOutputTokens === undefined ? undefined : (maxOutputTokens + predictedTokens) * (choices ?? 1),
    ...(choices !== undefined && { choices }),
    mayHoldAudio: needs.mayHoldAudio,
    hasUnboundedFees: openFees !== undefined,
    ...(terms.length > 0 && { terms }),
    typicalInputTokens: input,
    typicalTokens: input + output,
    ...(reason !== undefined && { reason }),
  }
}

export const hasKind = (media: Extras['media'], ...kinds: Extras['media'][number]['kind'][]): boolean =>
  media.some(({ kind }) => kinds.includes(kind))

/**
 * The reason why the fees of a request have no bound: members that make the provider run its own tools,
 * unknown members, or tools that the provider runs itself.
 * @param served names of top-level members. Callers may have invented them
 */
export function openFeesOf(served: readonly string[], offersServerTools: () => boolean): string | undefined {
  if (served.length > 0) {
    const name = served.find((each) => /^[a-z][a-z0-9_.]{0,39}$/i.test(each))
    const member = name === undefined ? 'a member of the request' : `"${name}"`
    return `${member} may make the provider search or call tools any number of times, at a price of its own`
  }
  return offersServerTools()
    ? 'the provider charges for each use of its own tools (such as web search) and may use them any number of times'
    : undefined
}

/** Tokens that a tokenizer puts around each input, and tokens that a vendor adds before it for a task. */
const tokensAroundInput = 32
const tokensPerCall = 64

/** For embeddings, whose inputs are texts. There is no output. */
export function embedDemand({
  bytes,
  inputs,
  typicalTokens,
}: {
  bytes: number
  inputs: number
  typicalTokens: number
}): Demand {
  return {
    inputTokens: bytes + inputs * tokensAroundInput + tokensPerCall,
    outputTokens: 0,
    mayHoldAudio: false,
    hasUnboundedFees: false,
    typicalTokens,
    typicalInputTokens: typicalTokens,
  }
}
