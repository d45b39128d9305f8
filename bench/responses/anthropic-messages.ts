// https://docs.claude.com/en/api/messages, …/build-with-claude/streaming

import { type MockResponse, named, wholeText, textPieces } from './mock-response.ts'

const counts = {
  input_tokens: 200,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
}

const message = (content: readonly object[], reason: string | null, outputTokens: number) => ({
  model: 'fast',
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  content,
  stop_reason: reason,
  stop_sequence: null,
  usage: { ...counts, output_tokens: outputTokens, service_tier: 'standard' },
})

/** Events without text: three before, three after. */
const spoken = textPieces(6)
const events = [
  { type: 'message_start', message: message([], null, 1) },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'ping' },
  ...spoken.map((text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: {
      input_tokens: 200,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: 46,
    },
  },
  { type: 'message_stop' },
]

export const anthropicMessages: MockResponse = {
  whole: JSON.stringify(message([{ type: 'text', text: wholeText }], 'end_turn', 160)),
  events: events.map(named),
}
