// How many tokens an input usually has: an estimate for limits and for clients that expect a number where the
// provider reports none. Actual counts differ by language and image size.

import type { EmbedRequest } from './embed/request.ts'

/** English text, JSON included. */
export const charactersPerToken = 4
/** An image of usual size. */
const tokensPerMedia = 1000

/** @param characters characters of texts. Bytes also work */
export const typicalTextTokens = (characters: number): number => Math.ceil(characters / charactersPerToken)

/**
 * @param bytes of the whole body
 * @param media with the size of those whose data is in the body, as base64
 * @param perMedia tokens of one image
 */
export function typicalBodyTokens(
  bytes: number,
  media: readonly { bytes?: number }[],
  perMedia = tokensPerMedia,
): number {
  const inline = media.reduce((sum, { bytes: size = 0 }) => sum + Math.ceil((size * 4) / 3), 0)
  return typicalTextTokens(Math.max(0, bytes - inline)) + media.length * perMedia
}

export function typicalEmbedTokens({ inputs }: Pick<EmbedRequest, 'inputs'>): number {
  let tokens = 0
  for (const { parts } of inputs) {
    for (const part of parts) {
      if (part.kind === 'text') tokens += typicalTextTokens(part.text.length)
      else tokens += part.kind === 'tokens' ? part.ids.length : tokensPerMedia
    }
  }
  return tokens
}
