// The values that OpenAI's Responses API accepts.
// https://platform.openai.com/docs/api-reference/responses/create

import { highestLeastOutput } from '../../../losses/index.ts'
import type { Limits } from '../../../losses/index.ts'

const page = 'https://platform.openai.com/docs/api-reference/responses/create'
const images = 'https://platform.openai.com/docs/guides/images-vision#image-input-requirements'

export const limits: Limits = {
  texts: { kind: 'texts', refusesBlank: false, trimsPrefill: false, source: page },
  'tool-parameters': {
    kind: 'schema',
    refusesCombined: true,
    source: 'https://platform.openai.com/docs/guides/function-calling',
  },
  'call-id': { kind: 'id', longest: 64, source: 'https://github.com/AnswerDotAI/fastllm/issues/45' },
  user: {
    kind: 'id',
    longest: 64,
    isOpaque: true,
    source: 'https://platform.openai.com/docs/guides/safety-best-practices#implement-safety-identifiers',
  },
  'cache-key': { kind: 'id', longest: 64, source: 'https://github.com/NousResearch/hermes-agent/pull/66245' },
  'schema-name': { kind: 'id', longest: 64, allowed: /^[\w-]+$/, source: page },
  tools: { kind: 'list', most: 128, source: 'https://github.com/musistudio/claude-code-router/issues/686' },
  metadata: { kind: 'pairs', most: 16, longestName: 64, longestValue: 512, source: page },
  'json-output': {
    kind: 'mention',
    word: /json/i,
    instruction: 'Respond in JSON.',
    source: 'https://platform.openai.com/docs/guides/structured-outputs#json-mode',
  },
  temperature: { kind: 'range', least: 0, most: 2, beyond: 'nearest', source: page },
  'top-p': { kind: 'range', least: 0, most: 1, beyond: 'nearest', source: page },
  logprobs: { kind: 'range', least: 0, most: 20, isWhole: true, beyond: 'nearest', source: page },
  'max-output': {
    kind: 'range',
    least: highestLeastOutput,
    beyond: 'nearest',
    source: 'https://github.com/vectorize-io/hindsight/issues/58',
  },
  'service-tier': {
    kind: 'words',
    words: ['auto', 'default', 'flex', 'scale', 'priority', 'fast'],
    source: page,
  },
  'image-detail': { kind: 'words', words: ['auto', 'low', 'high', 'original'], source: page },
  image: { kind: 'types', types: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'], source: images },
}
