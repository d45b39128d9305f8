// Embeddings requests in the format of both dialects, and responses. Each case covers one feature.

import type { EmbedDialect } from '../../../src/traffic/llm/dialect.ts'
import type { EmbedAnswer } from '../embed-pairs.ts'

const openai = (input: unknown, more: object = {}) => ({ model: 'model', input, ...more })
const content = (...texts: string[]) => ({ parts: texts.map((text) => ({ text })) })
const request = (text: string, more: object = {}) => ({
  model: 'models/model',
  content: content(text),
  ...more,
})
const png = { inlineData: { mimeType: 'image/png', data: 'iVBORw0KGgo=' } }

type Case<Value> = Readonly<Partial<Record<EmbedDialect, Value>>>

export const embedRequests: Readonly<Record<string, Case<object>>> = {
  'one-text': { 'openai-embeddings': openai('Hi'), 'gemini-embeddings': request('Hi') },
  'several-texts': {
    'openai-embeddings': openai(['Hi', 'Grüße 👋']),
    'gemini-embeddings': { requests: [request('Hi'), request('Grüße 👋')] },
  },
  'a-list-of-one': {
    'openai-embeddings': openai(['Hi']),
    'gemini-embeddings': { requests: [request('Hi')] },
  },
  dimensions: {
    'openai-embeddings': openai('Hi', { dimensions: 256 }),
    'gemini-embeddings': request('Hi', { outputDimensionality: 256 }),
  },
  'several-lengths': {
    'gemini-embeddings': {
      requests: [request('Hi', { outputDimensionality: 256 }), request('Ho', { outputDimensionality: 512 })],
    },
  },
  'task-and-title': {
    'gemini-embeddings': request('Hi', { taskType: 'RETRIEVAL_DOCUMENT', title: 'A greeting' }),
  },
  'settings-in-the-newer-place': {
    'gemini-embeddings': request('Hi', {
      embed_content_config: { task_type: 'RETRIEVAL_QUERY', output_dimensionality: 128, auto_truncate: true },
      outputDimensionality: 64,
    }),
  },
  'several-parts': { 'gemini-embeddings': { content: content('One.', 'Two.') } },
  'an-image': { 'gemini-embeddings': { content: { parts: [{ text: 'A cat' }, png] } } },
  'parts-of-a-conversation': {
    'gemini-embeddings': { content: { parts: [{ text: 'Hi' }, { functionCall: { name: 'weather' } }] } },
  },
  'ids-of-tokens': { 'openai-embeddings': openai([9906, 1917]) },
  'several-lists-of-ids': { 'openai-embeddings': openai([[9906], [1917]]) },
  'user-and-format': { 'openai-embeddings': openai('Hi', { user: 'ann', encoding_format: 'base64' }) },
  'fields-of-other-vendors': {
    'openai-embeddings': openai('Hi', { input_type: 'query', priority: 1, 'an unknown key': 1 }),
  },
  'another-type-of-numbers': { 'openai-embeddings': openai('Hi', { output_dtype: 'int8' }) },
  'an-empty-text': {
    'openai-embeddings': openai(['Hi', '']),
    'gemini-embeddings': { requests: [request('Hi'), request('')] },
  },
  'no-parts': { 'gemini-embeddings': { content: { parts: [] } } },
  'an-object-as-input': { 'openai-embeddings': openai([{ text: 'Hi' }]) },
  'an-unknown-format': { 'openai-embeddings': openai('Hi', { encoding_format: 'hex' }) },
  'no-dimensions': {
    'openai-embeddings': openai('Hi', { dimensions: 0 }),
    'gemini-embeddings': request('Hi', { outputDimensionality: 0 }),
  },
}

const list = (embeddings: readonly unknown[], more: object = {}) => ({
  object: 'list',
  data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 7, total_tokens: 7 },
  ...more,
})
const batch = (
  vectors: readonly (readonly number[])[],
  more: object = { usageMetadata: { promptTokenCount: 7 } },
) => ({
  embeddings: vectors.map((values) => ({ values })),
  ...more,
})

/** For two inputs. */
export const embedAnswers: Readonly<Record<string, Case<EmbedAnswer>>> = {
  vectors: {
    'openai-embeddings': {
      body: list([
        [0.25, -1e-9, 1],
        [0.1, 0, -0.0069292834],
      ]),
    },
    'gemini-embeddings': {
      body: batch([
        [0.25, -1e-9, 1],
        [0.1, 0, -0.0069292834],
      ]),
    },
  },
  'in-another-order': {
    'openai-embeddings': {
      body: {
        ...list([]),
        data: [
          { object: 'embedding', index: 1, embedding: [2] },
          { object: 'embedding', index: 0, embedding: [1] },
        ],
      },
    },
  },
  'in-base64': { 'openai-embeddings': { body: list(['AACAPgAAgL8=', 'zczMPQAAAAA=']) } },
  'no-usage': {
    'openai-embeddings': { body: list([[1], [2]], { usage: null, model: null }) },
    'gemini-embeddings': { body: batch([[1], [2]], {}) },
  },
  'usage-with-audio': {
    'gemini-embeddings': {
      body: batch([[1], [2]], {
        usageMetadata: {
          promptTokenCount: 90,
          promptTokenDetails: [
            { modality: 'TEXT', tokenCount: 20 },
            { modality: 'AUDIO', tokenCount: 70 },
          ],
        },
      }),
    },
  },
  'too-few-vectors': {
    'openai-embeddings': { body: list([[1]]) },
    'gemini-embeddings': { body: batch([[1]]) },
  },
  'one-index-twice': {
    'openai-embeddings': {
      body: { ...list([]), data: [0, 0].map((index) => ({ object: 'embedding', index, embedding: [1] })) },
    },
  },
  'no-numbers': {
    'openai-embeddings': { body: list([[1], ['a']]) },
    'gemini-embeddings': { body: { embeddings: [{ values: [1] }, { values: [null] }] } },
  },
  'base64-of-not-a-number': { 'openai-embeddings': { body: list(['AADAfw==', 'AACAPg==']) } },
  'too-many-requests': {
    'openai-embeddings': {
      status: 429,
      headers: { 'retry-after': '7' },
      body: { error: { message: 'Slow down.', type: 'requests', param: null, code: 'rate_limit_exceeded' } },
    },
    'gemini-embeddings': {
      status: 429,
      body: {
        error: {
          code: 429,
          message: 'Slow down.',
          status: 'RESOURCE_EXHAUSTED',
          details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '7s' }],
        },
      },
    },
  },
  'an-error-in-the-place-of-vectors': {
    'openai-embeddings': { body: { error: { message: 'Out of order.', type: 'server_error', code: null } } },
    'gemini-embeddings': { body: { error: { code: 503, message: 'Out of order.', status: 'UNAVAILABLE' } } },
  },
}
