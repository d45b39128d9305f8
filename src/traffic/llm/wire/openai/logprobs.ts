// A token and what else it might have been, as both of OpenAI's dialects tell it.

import { isList, numberIn, objectsIn, textIn } from '../../../../kit/json.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import type { TokenLogprob } from '../../canonical/index.ts'

export function tokenOf(said: JsonObject): TokenLogprob {
  return { ...alternativeOf(said), top: objectsIn(said['top_logprobs']).map(alternativeOf) }
}

function alternativeOf(said: JsonObject): Omit<TokenLogprob, 'top'> {
  const bytes = said['bytes']
  return {
    token: textIn(said['token']) ?? '',
    logprob: numberIn(said['logprob']) ?? 0,
    ...(isList(bytes) ? { bytes: bytes.flatMap((byte) => numberIn(byte) ?? []) } : {}),
  }
}
