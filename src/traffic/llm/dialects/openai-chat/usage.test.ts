import { expect, test } from 'bun:test'
import { scan } from '../../../../kit/json-spans.ts'
import { readUsage } from './usage.ts'

test.each([
  [
    'plain',
    { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    { inputTokens: 10, outputTokens: 5 },
  ],
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
    {
      inputTokens: 100,
      outputTokens: 50,
      cacheReadTokens: 60,
      reasoningTokens: 30,
      inputAudioTokens: 3,
      outputAudioTokens: 4,
    },
  ],
  [
    'xAI omits reasoning from the completion count',
    {
      prompt_tokens: 300,
      completion_tokens: 26,
      total_tokens: 581,
      completion_tokens_details: { reasoning_tokens: 255 },
    },
    { inputTokens: 300, outputTokens: 281, reasoningTokens: 255 },
  ],
  [
    'DeepSeek',
    { prompt_tokens: 30, completion_tokens: 2, prompt_cache_hit_tokens: 20, prompt_cache_miss_tokens: 10 },
    { inputTokens: 30, outputTokens: 2, cacheReadTokens: 20 },
  ],
  [
    'Moonshot',
    { prompt_tokens: 30, completion_tokens: 2, cached_tokens: 9 },
    { inputTokens: 30, outputTokens: 2, cacheReadTokens: 9 },
  ],
  [
    'Mistral',
    { prompt_tokens: 30, completion_tokens: 2, num_cached_tokens: 8 },
    { inputTokens: 30, outputTokens: 2, cacheReadTokens: 8 },
  ],
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
  [
    'OpenRouter reports what it charged',
    {
      prompt_tokens: 626,
      completion_tokens: 106,
      cost: 0.001156,
      is_byok: false,
      cost_details: { upstream_inference_cost: 0.001156 },
    },
    { inputTokens: 626, outputTokens: 106, reportedNano: 1_156_000 },
  ],
  [
    'OpenRouter with a key of our own: its fee and the price of the vendor',
    {
      prompt_tokens: 1,
      completion_tokens: 1,
      cost: 0.00005,
      is_byok: true,
      cost_details: { upstream_inference_cost: 0.001 },
    },
    { inputTokens: 1, outputTokens: 1, reportedNano: 1_050_000 },
  ],
  [
    'Perplexity reports what it charged',
    {
      prompt_tokens: 1,
      completion_tokens: 1,
      cost: { input_tokens_cost: 0, output_tokens_cost: 0, request_cost: 0.005, total_cost: 0.005001 },
    },
    { inputTokens: 1, outputTokens: 1, reportedNano: 5_001_000 },
  ],
  [
    'xAI reports ticks',
    { prompt_tokens: 1, completion_tokens: 1, cost_in_usd_ticks: 37756001 },
    { inputTokens: 1, outputTokens: 1, reportedNano: 3_775_601 },
  ],
  [
    'a price of another type is ignored',
    { prompt_tokens: 1, completion_tokens: 1, cost: '0.1', cost_in_usd_ticks: -1 },
    { inputTokens: 1, outputTokens: 1 },
  ],
  [
    'OpenAI writes its cache for twelve hours',
    {
      prompt_tokens: 100,
      completion_tokens: 1,
      prompt_tokens_details: {
        cache_write_tokens: 60,
        cache_write_tokens_details: { ttl_12h_tokens: 40, ttl_30m_tokens: 20 },
      },
    },
    { inputTokens: 100, outputTokens: 1, cacheWriteTokens: 60, cacheWrite12hTokens: 40 },
  ],
  ['no counts', { prompt_tokens: -1, completion_tokens: 'x', prompt_tokens_details: null }, {}],
])('%s', (_name, usage, expected) => {
  const document = scan(JSON.stringify(usage), { maxDepth: 8 })
  expect(readUsage(document, document.root)).toEqual(expected)
})
