// What this dialect carries, and what its fields stand for. https://platform.openai.com/docs/api-reference/embeddings/create

import type { EmbedTable } from '../../../losses/index.ts'

export const table: EmbedTable = {
  carries: {
    'token-ids': 'carried',
    'embedded-media': 'missing',
    'embedded-parts': 'missing',
    'task-type': 'missing',
    'input-title': 'missing',
    dimensions: 'carried',
    'mixed-dimensions': 'missing',
    'many-inputs': 'carried',
    user: 'carried',
  },
  rows: {
    model: 'frame',
    input: 'frame',
    // the answer is written as the client wants it, whatever the provider sends
    encoding_format: 'moot',
    dimensions: 'dimensions',
    user: 'user',
    // other vendors' fields of this dialect: Mistral, Voyage, Cohere, vLLM
    output_dtype: 'refused',
    output_dimension: 'refused',
    input_type: 'lost',
    truncate: 'lost',
    truncation: 'lost',
    truncate_prompt_tokens: 'refused',
    service_tier: 'lost',
    metadata: 'lost',
  },
  names: { 'token-ids': 'input', 'many-inputs': 'input' },
}
