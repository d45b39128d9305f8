// A token and its alternatives with their log-probabilities, as both of OpenAI's dialects write them.

import { isList, numberIn, objectIn, objectsIn, textIn } from '../../../../kit/json.ts'
import type { Json, JsonObject } from '../../../../kit/json.ts'
import type { TokenLogprob } from '../../canonical/index.ts'

export function readLogprob(said: JsonObject): TokenLogprob {
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

/** @param noBytes the value that the dialect writes if the bytes are unknown */
export function writeLogprob({ top, ...token }: TokenLogprob, noBytes: Json): JsonObject {
  return { ...writeToken(token, noBytes), top_logprobs: top.map((each) => writeToken(each, noBytes)) }
}

const writeToken = ({ token, logprob, bytes }: Omit<TokenLogprob, 'top'>, noBytes: Json): JsonObject => ({
  token,
  logprob,
  bytes: bytes ?? noBytes,
})

/**
 * How many alternatives each token should have. Undefined if none are requested. @param logprobs the
 * canonical setting
 */
export function writeTopLogprobs(logprobs: Json): Json | undefined {
  const top = numberIn(objectIn(logprobs)?.['top'])
  return top === undefined || top === 0 ? undefined : top
}
