// The 1 KB request of each dialect, as its SDK sends it.

import { prose } from './bodies.ts'
import { key } from './contenders/start.ts'
import type { PostedRequest } from './wrk.ts'

export const dialects = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini'] as const
export type Dialect = (typeof dialects)[number]

const system = 'You are a careful assistant.'
const text = prose(800)
const bearer = { authorization: `Bearer ${key}` }

export const fronts: Readonly<Record<Dialect, (model: string, isStream: boolean) => PostedRequest>> = {
  'openai-chat': (model, isStream) => ({
    path: '/v1/chat/completions',
    headers: bearer,
    body: JSON.stringify({
      model,
      messages: [
        { role: 'system', content: system },
        { role: 'user', content: text },
      ],
      max_tokens: 256,
      ...(isStream && { stream: true, stream_options: { include_usage: true } }),
    }),
  }),
  'openai-responses': (model, isStream) => ({
    path: '/v1/responses',
    headers: bearer,
    // clients do not refer to the responses again, so storing them is not measured
    body: JSON.stringify({
      model,
      instructions: system,
      input: [{ role: 'user', content: text }],
      max_output_tokens: 256,
      store: false,
      stream: isStream,
    }),
  }),
  'anthropic-messages': (model, isStream) => ({
    path: '/v1/messages',
    headers: { 'x-api-key': key, 'anthropic-version': '2023-06-01' },
    body: JSON.stringify({
      model,
      max_tokens: 256,
      system,
      messages: [{ role: 'user', content: text }],
      stream: isStream,
    }),
  }),
  gemini: (model, isStream) => ({
    path: isStream
      ? `/v1beta/models/${model}:streamGenerateContent?alt=sse`
      : `/v1beta/models/${model}:generateContent`,
    headers: { 'x-goog-api-key': key },
    body: JSON.stringify({
      systemInstruction: { parts: [{ text: system }] },
      contents: [{ role: 'user', parts: [{ text }] }],
      generationConfig: { maxOutputTokens: 256 },
    }),
  }),
}
