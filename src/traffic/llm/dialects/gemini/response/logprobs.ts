// Log-probabilities in both directions: chosen tokens and their alternatives, in two lists of the same order.
// https://ai.google.dev/api/generate-content#LogprobsResult

import { numberIn, objectsIn, textIn } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { TokenLogprob } from '../../../canonical/index.ts'

export function readLogprobs(result: JsonObject | undefined): TokenLogprob[] {
  const tops = objectsIn(result?.['topCandidates'])
  return objectsIn(result?.['chosenCandidates']).map((chosen, index) => ({
    ...oneOf(chosen),
    top: objectsIn(tops[index]?.['candidates']).map(oneOf),
  }))
}

const oneOf = (candidate: JsonObject) => ({
  token: textIn(candidate['token']) ?? '',
  logprob: numberIn(candidate['logProbability']) ?? 0,
})

export const tokenOf = ({ token, logprob }: Pick<TokenLogprob, 'token' | 'logprob'>): JsonObject => ({
  token,
  logProbability: logprob,
})
export const alternativesOf = ({ top }: TokenLogprob): JsonObject => ({ candidates: top.map(tokenOf) })
