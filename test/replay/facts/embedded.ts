// The embeddings of a response and its tokens, read directly from the JSON of either dialect.

import { at, listed, parsed } from '../json.ts'

export interface Embedded {
  vectors: readonly (readonly unknown[])[]
  /** Absent means not reported. */
  input?: number
}

export function embeddedIn(response: string): Embedded {
  const value = parsed(response)
  const alone = at(value, 'embedding', 'values')
  const vectors =
    alone === undefined
      ? [...listed(at(value, 'data')), ...listed(at(value, 'embeddings'))].map(vectorOf)
      : [listed(alone)]
  const input = at(value, 'usage', 'prompt_tokens') ?? at(value, 'usageMetadata', 'promptTokenCount')
  return { vectors, ...(typeof input === 'number' && { input }) }
}

/** Base64 is of little-endian floats: https://platform.openai.com/docs/api-reference/embeddings/create. */
function vectorOf(one: unknown): readonly unknown[] {
  const reported = at(one, 'embedding') ?? at(one, 'values')
  if (typeof reported !== 'string') return listed(reported)
  const bytes = Buffer.from(reported, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}
