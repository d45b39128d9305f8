import { expect, test } from 'bun:test'
import { scan } from '../../../../kit/json-spans.ts'
import { readUsage } from './usage.ts'

test.each([
  ['plain', { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }, { inputTokens: 10, outputTokens: 5 }],
  ['nothing told', {}, {}],
  ['zero is zero', { prompt_tokens: 0, completion_tokens: 0 }, { inputTokens: 0, outputTokens: 0 }],
  [
    'OpenAI details',
    {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 60, audio_tokens: 3 },
      completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 4 },
    },
    { inputTokens: 100, outputTokens: 50, cacheReadTokens: 60, reasoningTokens: 30, inputAudioTokens: 3, outputAudioTokens: 4 },
  ],
  [
    'xAI leaves reasoning out of the completion',
    { prompt_tokens: 300, completion_tokens: 26, total_tokens: 581, completion_tokens_details: { reasoning_tokens: 255 } },
    { inputTokens: 300, outputTokens: 281, reasoningTokens: 255 },
  ],
  [
    'DeepSeek',
    { prompt_tokens: 30, completion_tokens: 2, prompt_cache_hit_tokens: 20, prompt_cache_miss_tokens: 10 },
    { inputTokens: 30, outputTokens: 2, cacheReadTokens: 20 },
  ],
  ['Moonshot', { prompt_tokens: 30, completion_tokens: 2, cached_tokens: 9 }, { inputTokens: 30, outputTokens: 2, cacheReadTokens: 9 }],
  ['Mistral', { prompt_tokens: 30, completion_tokens: 2, num_cached_tokens: 8 }, { inputTokens: 30, outputTokens: 2, cacheReadTokens: 8 }],
  [
    'more cached than read',
    { prompt_tokens: 7, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 161 } },
    { inputTokens: 7, outputTokens: 1, cacheReadTokens: 7 },
  ],
  [
    'OpenRouter',
    {
      prompt_tokens: 9,
      completion_tokens: 1,
      prompt_tokens_details: { cached_tokens: 0, cache_write_tokens: 6 },
      server_tool_use_details: { web_search_requests: 2 },
    },
    { inputTokens: 9, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 6, fees: { web_search: 2 } },
  ],
  [
    'Voxtral leaves audio out of the prompt',
    {
      prompt_audio_seconds: 3,
      prompt_tokens: 9,
      completion_tokens: 248,
      total_tokens: 632,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 375 },
    },
    { inputTokens: 384, outputTokens: 248, cacheReadTokens: 0, inputAudioTokens: 375 },
  ],
  ['no counts', { prompt_tokens: -1, completion_tokens: 'x', prompt_tokens_details: null }, {}],
])('%s', (_name, usage, expected) => {
  const document = scan(JSON.stringify(usage), { maxDepth: 8 })
  expect(readUsage(document, document.root)).toEqual(expected)
})
