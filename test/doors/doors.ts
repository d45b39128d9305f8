// The doors of the four dialects: the path of a request, its form, and the place of its key.

import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'

/** Pairs of the client's dialect and the provider's dialect. Twelve of the sixteen pairs are translated. */
export const pairs = generateDialects.flatMap((front) =>
  generateDialects.map((back) => [front, back] as const),
)

export interface DoorAddress {
  path: string
  headers(key: string): Record<string, string>
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

export const doorOf: Readonly<Record<Dialect, (model: string, isStreaming: boolean) => DoorAddress>> = {
  'openai-chat': () => ({ path: '/v1/chat/completions', headers: bearer }),
  'openai-responses': () => ({ path: '/v1/responses', headers: bearer }),
  'anthropic-messages': () => ({
    path: '/v1/messages',
    headers: (key) => ({ 'x-api-key': key, 'anthropic-version': '2023-06-01' }),
  }),
  gemini: (model, isStreaming) => ({
    path: `/v1beta/models/${encodeURIComponent(model)}:${isStreaming ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
    headers: (key) => ({ 'x-goog-api-key': key }),
  }),
}

/** A request with one text. `more` has further members of the dialect. */
export const question: Readonly<
  Record<Dialect, (text: string, isStreaming?: boolean, more?: object) => Record<string, unknown>>
> = {
  'openai-chat': (text, stream = false, more = {}) => ({
    model: 'model',
    messages: [{ role: 'user', content: text }],
    max_tokens: 20,
    ...(stream && { stream }),
    ...more,
  }),
  'openai-responses': (text, stream = false, more = {}) => ({
    model: 'model',
    input: text,
    max_output_tokens: 20,
    store: false,
    ...(stream && { stream }),
    ...more,
  }),
  'anthropic-messages': (text, stream = false, more = {}) => ({
    model: 'model',
    messages: [{ role: 'user', content: text }],
    max_tokens: 20,
    ...(stream && { stream }),
    ...more,
  }),
  gemini: (text, _stream, more = {}) => ({
    contents: [{ role: 'user', parts: [{ text }] }],
    generationConfig: { maxOutputTokens: 20 },
    ...more,
  }),
}
