// The values that OpenAI's chat accepts. Other vendors of the dialect override single rows
// (providers/vendors.ts).
// https://platform.openai.com/docs/api-reference/chat/create

import type { Limits } from '../../../losses/index.ts'

const page = 'https://platform.openai.com/docs/api-reference/chat/create'
const images = 'https://platform.openai.com/docs/guides/images-vision#image-input-requirements'

export const limits: Limits = {
  texts: { kind: 'texts', refusesBlank: false, trimsPrefill: false, source: page },
  'tool-parameters': {
    kind: 'schema',
    refusesCombined: true,
    source: 'https://platform.openai.com/docs/guides/function-calling',
  },
  'call-id': { kind: 'id', longest: 40, source: 'https://github.com/vercel/ai/issues/8132' },
  user: {
    kind: 'id',
    longest: 64,
    isOpaque: true,
    source: 'https://platform.openai.com/docs/guides/safety-best-practices#implement-safety-identifiers',
  },
  'cache-key': { kind: 'id', longest: 64, source: 'https://github.com/theopenco/llmgateway/pull/3110' },
  'schema-name': { kind: 'id', longest: 64, allowed: /^[\w-]+$/, source: page },
  tools: { kind: 'list', most: 128, source: page },
  stop: { kind: 'list', most: 4, source: page },
  metadata: { kind: 'pairs', most: 16, longestName: 64, longestValue: 512, source: page },
  'json-output': {
    kind: 'mention',
    word: /json/i,
    instruction: 'Respond in JSON.',
    source: 'https://platform.openai.com/docs/guides/structured-outputs#json-mode',
  },
  temperature: { kind: 'range', least: 0, most: 2, beyond: 'nearest', source: page },
  'top-p': { kind: 'range', least: 0, most: 1, beyond: 'nearest', source: page },
  'frequency-penalty': { kind: 'range', least: -2, most: 2, beyond: 'nearest', source: page },
  'presence-penalty': { kind: 'range', least: -2, most: 2, beyond: 'nearest', source: page },
  seed: {
    kind: 'range',
    least: Number.MIN_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
    isWhole: true,
    beyond: 'fold',
    source: page,
  },
  count: { kind: 'range', least: 1, most: 128, isWhole: true, beyond: 'refuse', source: page },
  logprobs: { kind: 'range', least: 0, most: 20, isWhole: true, beyond: 'nearest', source: page },
  'max-output': { kind: 'range', least: 1, beyond: 'nearest', source: page },
  'service-tier': {
    kind: 'words',
    words: ['auto', 'default', 'flex', 'scale', 'priority', 'fast'],
    source: page,
  },
  'image-detail': { kind: 'words', words: ['auto', 'low', 'high'], source: page },
  image: { kind: 'types', types: ['image/png', 'image/jpeg', 'image/webp', 'image/gif'], source: images },
  audio: { kind: 'types', types: ['audio/wav', 'audio/mpeg'], source: page },
}
