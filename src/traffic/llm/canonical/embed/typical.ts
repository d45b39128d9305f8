// How many tokens inputs are likely to have, for clients whose dialect needs a number where the provider told
// none.

import type { EmbedRequest } from './request.ts'

/** English text has about four characters per token; an image is about a thousand. */
const charactersPerToken = 4
const typicalMediaTokens = 1000

export function typicalTokens({ inputs }: Pick<EmbedRequest, 'inputs'>): number {
  let tokens = 0
  for (const { parts } of inputs) {
    for (const part of parts) {
      if (part.kind === 'text') tokens += Math.ceil(part.text.length / charactersPerToken)
      else tokens += part.kind === 'tokens' ? part.ids.length : typicalMediaTokens
    }
  }
  return tokens
}
