// One row for each member of a request for embeddings (fields/row.ts explains rows).
// https://platform.openai.com/docs/api-reference/embeddings/create

import { createTable, each } from '../../../fields/index.ts'
import type { EmbedTable, FieldRows } from '../../../fields/index.ts'
import { name, number, word } from '../../../../wire/fields/form.ts'

/** Members of other vendors that use this dialect: Mistral, Voyage, Cohere, vLLM. */
const otherServers: FieldRows = {
  output_dtype: { means: 'refused', form: word('float int8 uint8 binary ubinary') },
  output_dimension: { means: 'refused', form: number },
  input_type: {
    means: 'lost',
    form: word('query document search_document search_query classification clustering image passage'),
  },
  ...each('', 'truncate truncation', { means: 'lost' }),
  truncate_prompt_tokens: { means: 'refused' },
  service_tier: { means: 'lost', form: word('auto default flex priority') },
  metadata: { means: 'lost' },
  'metadata.*': {},
  ...each('', 'task embedding_type normalized late_chunking embedding_types', {}),
}

export const table: EmbedTable = createTable({
  rows: {
    model: { means: 'structure', form: name },
    input: { means: 'structure', sends: ['token-ids', 'many-inputs'] },
    'input[]': {},
    'input[][]': { form: number },
    // The gateway itself writes the format that the client asks for.
    encoding_format: { means: 'ignored', form: word('float base64') },
    dimensions: { means: 'dimensions', form: number },
    user: { means: 'user' },
    ...otherServers,
  },
  contents: ['input'],
})
