// What this dialect carries, and what its fields stand for.
// https://platform.openai.com/docs/api-reference/embeddings/create

import { all } from '../../../../wire/fields/all.ts'
import { name, number, text, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { fromOldTable } from '../../../fields/old-table.ts'
import type { EmbedTable } from '../../../fields/index.ts'

const forms: FormTable = {
  model: name,
  'input[]': text,
  'input[][]': number,
  encoding_format: word('float base64'),
  dimensions: number,
  output_dimension: number,
  output_dtype: word('float int8 uint8 binary ubinary'),
  input_type: word('query document search_document search_query classification clustering image passage'),
  service_tier: word('auto default flex priority'),
  ...all('', 'task embedding_type normalized late_chunking embedding_types', text),
  'metadata.*': text,
}

export const table: EmbedTable = fromOldTable({
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
  forms,
  contents: ['input'],
  names: { 'token-ids': 'input', 'many-inputs': 'input' },
})
