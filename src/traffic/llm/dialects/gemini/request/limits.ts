// The values that Google's models accept. https://ai.google.dev/api/generate-content#v1beta.GenerationConfig

import type { Limits } from '../../../losses/index.ts'

const page = 'https://ai.google.dev/api/generate-content#v1beta.GenerationConfig'

export const limits: Limits = {
  texts: { kind: 'texts', refusesBlank: false, trimsPrefill: false, source: page },
  'tool-parameters': {
    kind: 'schema',
    refusesCombined: false,
    source: 'https://ai.google.dev/api/caching#FunctionDeclaration',
  },
  tools: {
    kind: 'list',
    most: 512,
    source: 'https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling',
  },
  stop: { kind: 'list', most: 5, source: page },
  temperature: { kind: 'range', least: 0, most: 2, beyond: 'nearest', source: page },
  'top-p': { kind: 'range', least: 0, most: 1, beyond: 'nearest', source: page },
  'top-k': { kind: 'range', least: 1, isWhole: true, beyond: 'nearest', source: page },
  'frequency-penalty': { kind: 'range', least: -2, most: 2, beyond: 'nearest', source: page },
  'presence-penalty': { kind: 'range', least: -2, most: 2, beyond: 'nearest', source: page },
  // int32
  seed: {
    kind: 'range',
    least: -2_147_483_648,
    most: 2_147_483_647,
    isWhole: true,
    beyond: 'fold',
    source: page,
  },
  count: { kind: 'range', least: 1, most: 8, isWhole: true, beyond: 'refuse', source: page },
  logprobs: { kind: 'range', least: 0, most: 20, isWhole: true, beyond: 'nearest', source: page },
  'max-output': { kind: 'range', least: 1, beyond: 'nearest', source: page },
  image: {
    kind: 'types',
    types: ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'],
    source: 'https://ai.google.dev/gemini-api/docs/image-understanding#supported-formats',
  },
  audio: {
    kind: 'types',
    types: 'wav mpeg aiff aac ogg flac mp4 m4a webm pcm opus'.split(' ').map((type) => `audio/${type}`),
    source: 'https://ai.google.dev/gemini-api/docs/audio#supported-formats',
  },
  video: {
    kind: 'types',
    types: 'mp4 mpeg mov avi x-flv mpg webm wmv 3gpp'.split(' ').map((type) => `video/${type}`),
    source: 'https://ai.google.dev/gemini-api/docs/video-understanding#supported-formats',
  },
  file: {
    kind: 'types',
    types: [
      'application/pdf',
      'text/*',
      'application/json',
      'application/xml',
      'application/rtf',
      'application/x-javascript',
      'application/x-python-code',
    ],
    source: 'https://ai.google.dev/gemini-api/docs/document-processing',
  },
}
