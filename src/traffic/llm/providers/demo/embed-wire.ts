// A response of the demo's embedding model, in OpenAI's form.

import { toBase64 } from '../../canonical/embed/index.ts'
import type { DemoEmbedRequest } from './embed-request.ts'
import { vectorOf } from './embed-vector.ts'

export function embeddings({ model, inputs, dimensions, format, promptTokens }: DemoEmbedRequest): string {
  return JSON.stringify({
    object: 'list',
    data: inputs.map((input, index) => {
      const vector = vectorOf(input, dimensions)
      return { object: 'embedding', index, embedding: format === 'base64' ? toBase64(vector) : vector }
    }),
    model,
    usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
  })
}
