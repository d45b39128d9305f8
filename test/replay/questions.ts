// The same small request in each dialect, from clients whose response is checked.

import type { Front } from '../journeys/dialect-clients.ts'

const ask: Readonly<Record<Front, (isStream: boolean) => Readonly<Record<string, unknown>>>> = {
  'openai-chat': (isStream) => ({
    messages: [{ role: 'user', content: 'Hi' }],
    ...(isStream && { stream: true, stream_options: { include_usage: true } }),
  }),
  'openai-responses': (isStream) => ({ input: 'Hi', store: false, ...(isStream && { stream: true }) }),
  'anthropic-messages': (isStream) => ({
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: 1000,
    ...(isStream && { stream: true }),
  }),
  gemini: () => ({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }),
}

export const question = (front: Front, isStream: boolean) => ask[front](isStream)
