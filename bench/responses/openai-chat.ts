// https://platform.openai.com/docs/api-reference/chat/object, …/chat-streaming

import { type MockResponse, createdAt, unnamed, wholeText, textPieces } from './mock-response.ts'

const id = 'chatcmpl-bench'

const whole = JSON.stringify({
  id,
  object: 'chat.completion',
  created: createdAt,
  model: 'whole',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: wholeText, refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 200,
    completion_tokens: 160,
    total_tokens: 360,
    prompt_tokens_details: { cached_tokens: 0 },
  },
})

const delta = (content: object, finish: string | null) =>
  unnamed({
    id,
    object: 'chat.completion.chunk',
    created: createdAt,
    model: 'fast',
    system_fingerprint: 'fp_bench',
    choices: [{ index: 0, delta: content, logprobs: null, finish_reason: finish }],
    usage: null,
  })

export const openaiChat: MockResponse = {
  whole,
  events: [
    delta({ role: 'assistant', content: '' }, null),
    ...textPieces(4).map((content) => delta({ content }, null)),
    delta({}, 'stop'),
    unnamed({
      id,
      object: 'chat.completion.chunk',
      created: 1,
      model: 'fast',
      choices: [],
      usage: { prompt_tokens: 200, completion_tokens: 46, total_tokens: 246 },
    }),
    'data: [DONE]\n\n',
  ],
}
