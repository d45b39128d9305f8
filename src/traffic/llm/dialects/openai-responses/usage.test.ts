import { expect, test } from 'bun:test'
import { scan } from '../../../../kit/json-spans.ts'
import { readUsage } from './usage.ts'

const usageOf = (response: object) => {
  const document = scan(Buffer.from(JSON.stringify(response)), { maxDepth: 20 })
  return readUsage(document, document.members)
}

const usage = {
  input_tokens: 90,
  input_tokens_details: { cached_tokens: 40 },
  output_tokens: 20,
  output_tokens_details: { reasoning_tokens: 5 },
}
const counted = { inputTokens: 90, outputTokens: 20, cacheReadTokens: 40, reasoningTokens: 5 }

test('searches cost a fee, but opening a page and searching in it do not', () => {
  const search = (action?: object) => ({
    type: 'web_search_call',
    status: 'completed',
    ...(action ? { action } : {}),
  })
  const output = [
    search({ type: 'search', queries: ['a', 'b'] }),
    search({ type: 'open_page', url: 'https://a.example' }),
    search({ type: 'find_in_page', url: 'https://a.example', pattern: 'x' }),
    // servers that report no action
    search(),
    { type: 'file_search_call', queries: ['a'] },
    { type: 'message', content: [] },
  ]
  expect(usageOf({ usage, output })).toEqual({ ...counted, fees: { web_search: 2, file_search: 1 } })
})

test('without tools there are no fees, and without counts there is no usage', () => {
  expect(usageOf({ usage, output: [] })).toEqual(counted)
  expect(usageOf({ usage: { ...usage, total_tokens: 130 } })).toEqual({ ...counted, outputTokens: 40 })
  expect(usageOf({ usage: null, output: [{ type: 'web_search_call' }] })).toBeUndefined()
})
