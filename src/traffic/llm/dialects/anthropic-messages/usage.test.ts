import { expect, test } from 'bun:test'
import { mergeUsage, readUsage } from './usage.ts'

test('input is the sum of its three parts', () => {
  const usage = {
    input_tokens: 10,
    cache_creation_input_tokens: 5,
    cache_read_input_tokens: 100,
    output_tokens: 7,
  }
  expect(readUsage(usage)).toEqual({
    inputTokens: 115,
    outputTokens: 7,
    cacheReadTokens: 100,
    cacheWriteTokens: 5,
  })
})

test('the usage of a compaction is added to the top-level counts, which include other iterations', () => {
  const start = {
    input_tokens: 10,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 0,
    output_tokens: 1,
  }
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
      {
        type: 'message',
        input_tokens: 10,
        output_tokens: 20,
        cache_creation_input_tokens: 0,
        cache_read_input_tokens: 0,
      },
    ],
  }
  expect(readUsage(mergeUsage(start, delta))).toEqual({
    inputTokens: 1550,
    outputTokens: 320,
    cacheReadTokens: 500,
    cacheWriteTokens: 40,
    cacheWriteLongTokens: 30,
  })
})

test('the usage of an advisor is counted for its own model, separately from the usage of the response', () => {
  const usage = {
    input_tokens: 2390,
    output_tokens: 121,
    iterations: [
      { type: 'message', model: 'claude-sonnet-5', input_tokens: 1000, output_tokens: 100 },
      {
        type: 'advisor_message',
        model: 'claude-opus-4-8',
        input_tokens: 2518,
        output_tokens: 22,
        cache_creation_input_tokens: 4,
        cache_read_input_tokens: 0,
      },
      { type: 'message', model: 'claude-sonnet-5', input_tokens: 1390, output_tokens: 21 },
    ],
  }
  expect(readUsage(usage)).toEqual({
    inputTokens: 2390,
    outputTokens: 121,
    others: [
      {
        model: 'claude-opus-4-8',
        usage: { inputTokens: 2522, outputTokens: 22, cacheWriteTokens: 4, cacheReadTokens: 0 },
      },
    ],
  })
})

test('after a fallback at the vendor each model is counted separately', () => {
  const usage = {
    input_tokens: 700,
    output_tokens: 70,
    iterations: [
      { type: 'message', model: 'claude-sonnet-5', input_tokens: 500, output_tokens: 3 },
      { type: 'fallback_message', model: 'claude-opus-5', input_tokens: 700, output_tokens: 70 },
    ],
  }
  expect(readUsage(usage)).toMatchObject({
    inputTokens: 500,
    outputTokens: 3,
    others: [{ model: 'claude-opus-5', usage: { inputTokens: 700, outputTokens: 70 } }],
  })
})

test('iterations without a compaction change nothing', () => {
  const usage = {
    input_tokens: 10,
    output_tokens: 20,
    iterations: [{ type: 'message', input_tokens: 10, output_tokens: 20 }],
  }
  expect(readUsage(usage)).toEqual({ inputTokens: 10, outputTokens: 20 })
})
