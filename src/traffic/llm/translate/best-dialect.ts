// Chooses the provider's dialect for a request: the one that refuses the fewest fields, then the one that
// loses the fewest. OpenAI's Responses has no stop texts and no seeds, and its chat has no summaries of
// reasoning. Its newest models can call functions while they reason only in Responses.
// https://platform.openai.com/docs/guides/migrate-to-responses

import type { Codec, GenerateRequest } from '../canonical/index.ts'
import { supportOf } from '../fields/index.ts'
import { usedFields } from '../losses/index.ts'

/** @param codecs of the provider's dialects, the usual one first */
export function bestDialect(codecs: readonly [Codec, ...Codec[]], request: GenerateRequest): Codec {
  const [usual, ...others] = codecs
  if (others.length === 0) return usual
  const used = [...usedFields(request)]
  const missing = (codec: Codec, fate: 'lost' | 'refused') =>
    used.filter((field) => supportOf(codec.table, field) === fate).length
  const costs = new Map(
    codecs.map((codec) => [
      codec,
      [missing(codec, 'refused'), missing(codec, 'lost'), strain(codec, request)] as const,
    ]),
  )
  return others.reduce((best, codec) => (isLess(costs.get(codec), costs.get(best)) ? codec : best), usual)
}

function strain({ dialect }: Codec, { tools = [], reasoning }: GenerateRequest): number {
  const isThinking = reasoning !== undefined && reasoning.effort !== 'none' && reasoning.budgetTokens !== 0
  return dialect === 'openai-chat' && tools.length > 0 && isThinking ? 1 : 0
}

function isLess(one: readonly number[] = [], other: readonly number[] = []): boolean {
  const at = one.findIndex((count, index) => count !== other[index])
  return at >= 0 && (one[at] ?? 0) < (other[at] ?? 0)
}
