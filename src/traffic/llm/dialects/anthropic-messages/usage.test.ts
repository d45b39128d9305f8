import { expect, test } from 'bun:test'
import { mergedUsage, usageOf } from './usage.ts'

test('input is all of its three parts', () => {
  const usage = { input_tokens: 10, cache_creation_input_tokens: 5, cache_read_input_tokens: 100, output_tokens: 7 }
  expect(usageOf(usage)).toEqual({ inputTokens: 115, outputTokens: 7, cacheReadTokens: 100, cacheWriteTokens: 5 })
})

test('what summing up a conversation used is paid for beside what the top of the counts tells, other iterations are in it', () => {
  const start = { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 1 }
  const delta = {
    output_tokens: 20,
    iterations: [
      {
        type: 'compaction',
        input_tokens: 1000,
        output_tokens: 300,
        cache_creation_input_tokens: 40,
        cache_read_input_tokens: 500,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 30 },
      },
      { type: 'message', input_tokens: 10, output_tokens: 20, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 },
    ],
  }
  expect(usageOf(mergedUsage(start, delta))).toEqual({
    inputTokens: 1550,
    outputTokens: 320,
    cacheReadTokens: 500,
    cacheWriteTokens: 40,
    cacheWriteLongTokens: 30,
  })
})

test('iterations without a compaction change nothing', () => {
  const usage = { input_tokens: 10, output_tokens: 20, iterations: [{ type: 'message', input_tokens: 10, output_tokens: 20 }] }
  expect(usageOf(usage)).toEqual({ inputTokens: 10, outputTokens: 20 })
})
