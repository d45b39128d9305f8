// `usageMetadata`: repeated in every chunk of a stream, growing; the last one counts.
// https://ai.google.dev/api/generate-content#UsageMetadata

import type { Usage } from '../../../../contract/usage.ts'
import { isList, isObject, textIn, written } from '../../../../kit/json.ts'
import { omitUndefined } from '../../canonical/index.ts'
import type { JsonObject } from '../../../../kit/json.ts'
import { termOfTier } from '../../wire/tier.ts'

/**
 * The prompt includes its cached part. The input of Google's own tools is billed in addition to it. Thoughts
 * are output in addition to the candidates.
 */
export function readUsage(metadata: JsonObject): Usage {
  const prompt = countIn(metadata, 'promptTokenCount')
  const toolUse = countIn(metadata, 'toolUsePromptTokenCount')
  const input = sum(prompt, toolUse)
  const thoughts = countIn(metadata, 'thoughtsTokenCount')
  const cached = countIn(metadata, 'cachedContentTokenCount')
  const term = termOfTier(textIn(metadata['serviceTier']))
  return omitUndefined({
    inputTokens: input,
    outputTokens:
      sum(countIn(metadata, 'candidatesTokenCount'), thoughts) ??
      rest(countIn(metadata, 'totalTokenCount'), input),
    cacheReadTokens: cached === undefined || input === undefined ? cached : Math.min(cached, input),
    reasoningTokens: thoughts,
    inputAudioTokens: sum(
      audioIn(metadata, 'promptTokensDetails'),
      audioIn(metadata, 'toolUsePromptTokensDetails'),
    ),
    outputAudioTokens: audioIn(metadata, 'candidatesTokensDetails'),
    terms: term === undefined ? undefined : [term],
  })
}

/** The same numbers as Google reports them. */
export function writeUsage({
  inputTokens,
  outputTokens,
  cacheReadTokens,
  reasoningTokens,
  inputAudioTokens,
  outputAudioTokens,
}: Usage): JsonObject {
  const answered = outputTokens === undefined ? undefined : Math.max(0, outputTokens - (reasoningTokens ?? 0))
  return written({
    promptTokenCount: inputTokens,
    candidatesTokenCount: answered,
    totalTokenCount: sum(inputTokens, outputTokens),
    cachedContentTokenCount: cacheReadTokens,
    thoughtsTokenCount: reasoningTokens,
    promptTokensDetails: details(inputTokens, inputAudioTokens),
    candidatesTokensDetails: details(answered, outputAudioTokens),
  })
}

function details(all: number | undefined, audio: number | undefined) {
  if (all === undefined || audio === undefined || audio > all) return undefined
  return [
    { modality: 'TEXT', tokenCount: all - audio },
    { modality: 'AUDIO', tokenCount: audio },
  ]
}

function audioIn(metadata: JsonObject, name: string): number | undefined {
  const list = metadata[name]
  let known: number | undefined
  // A loop, because every chunk of a stream reports its usage.
  if (isList(list))
    for (const detail of list)
      if (isObject(detail) && detail['modality'] === 'AUDIO')
        known = sum(known, countIn(detail, 'tokenCount'))
  return known
}

function countIn(object: JsonObject, name: string): number | undefined {
  const value = object[name]
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

const sum = (one: number | undefined, other: number | undefined) =>
  one === undefined ? other : one + (other ?? 0)

const rest = (total: number | undefined, input: number | undefined) =>
  total === undefined || input === undefined ? undefined : Math.max(0, total - input)
