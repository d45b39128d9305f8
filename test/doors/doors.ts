// The four dialects' doors side by side: where a question goes, how it is asked, and where its key stands.

import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import type { GenerateDialect as Dialect } from '../../src/traffic/llm/dialect.ts'

/** Client's dialect, provider's dialect: sixteen, of which twelve are translated. */
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

/** A question of one text. `more` are members of the dialect's own. */
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
