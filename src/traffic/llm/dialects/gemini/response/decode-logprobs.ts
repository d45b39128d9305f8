// Log-probabilities: chosen tokens and their alternatives in two lists of one order.
// https://ai.google.dev/api/generate-content#LogprobsResult

import { numberIn, objectsIn, textIn } from '../../../../../kit/json.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import type { TokenLogprob } from '../../../canonical/index.ts'

export function logprobsOf(result: JsonObject | undefined): TokenLogprob[] {
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
