// https://platform.openai.com/docs/api-reference/responses/object, …/responses-streaming

import { type MockResponse, createdAt, named, wholeText, textPieces } from './mock-response.ts'

const messageId = 'msg_bench'
const usage = {
  input_tokens: 200,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 46,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 246,
}

const response = (status: string, output: readonly object[], usage: object | null) => ({
  id: 'resp_bench',
  object: 'response',
  created_at: createdAt,
  status,
  background: false,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: 256,
  model: 'fast',
  output,
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  service_tier: 'default',
  store: true,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_p: 1,
  truncation: 'disabled',
  usage: usage,
  user: null,
  metadata: {},
})
const part = (text: string) => ({ type: 'output_text', annotations: [], logprobs: [], text })
const message = (status: string, content: readonly object[]) => ({
  id: messageId,
  type: 'message',
  status,
  content,
  role: 'assistant',
})

/** Events without text: four before, four after. */
const spoken = textPieces(8)
const text = spoken.join('')
const place = { item_id: messageId, output_index: 0, content_index: 0 }
const events = [
  { type: 'response.created', response: response('in_progress', [], null) },
  { type: 'response.in_progress', response: response('in_progress', [], null) },
  { type: 'response.output_item.added', output_index: 0, item: message('in_progress', []) },
  { type: 'response.content_part.added', ...place, part: part('') },
  ...spoken.map((delta) => ({
    type: 'response.output_text.delta',
    ...place,
    delta,
    logprobs: [],
    obfuscation: 'OUEWmtPkF',
  })),
  { type: 'response.output_text.done', ...place, text, logprobs: [] },
  { type: 'response.content_part.done', ...place, part: part(text) },
  { type: 'response.output_item.done', output_index: 0, item: message('completed', [part(text)]) },
  {
    type: 'response.completed',
    response: response('completed', [message('completed', [part(text)])], usage),
  },
]

export const openaiResponses: MockResponse = {
  whole: JSON.stringify(
    response('completed', [message('completed', [part(wholeText)])], {
      ...usage,
      output_tokens: 160,
      total_tokens: 360,
    }),
  ),
  events: events.map(({ type, ...rest }, index) => named({ type, sequence_number: index, ...rest })),
}
