import { expect, test } from 'bun:test'
import type { GenerateRequest } from '../canonical/index.ts'
import { codec as chat } from '../dialects/openai-chat/index.ts'
import { codec as responses } from '../dialects/openai-responses/index.ts'
import { bestDialect } from './best-dialect.ts'

const asked = (more: Partial<GenerateRequest>): GenerateRequest => ({
  model: 'model',
  isStreaming: false,
  system: [],
  turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Hi' }] }],
  ...more,
})

const tools = [{ kind: 'function', name: 'weather' }] as const

test.each<[string, Partial<GenerateRequest>, string]>([
  ['what both can say', {}, 'openai-chat'],
  ['texts that end the answer', { stop: ['END'] }, 'openai-chat'],
  ['a seed', { sampling: { seed: 7 } }, 'openai-chat'],
  ['a summary of the reasoning', { reasoning: { effort: 'low', summary: 'auto' } }, 'openai-responses'],
  [
    'a document by its address',
    {
      turns: [
        {
          role: 'user',
          blocks: [{ kind: 'media', media: 'file', source: { kind: 'url', url: 'https://a.example' } }],
        },
      ],
    },
    'openai-responses',
  ],
  ['reasoning', { reasoning: { effort: 'high' } }, 'openai-chat'],
  ['reasoning beside tools', { tools, reasoning: { effort: 'high' } }, 'openai-responses'],
  ['tools without reasoning', { tools, reasoning: { effort: 'none' } }, 'openai-chat'],
  [
    'reasoning beside tools, and texts that end the answer',
    { tools, reasoning: { effort: 'high' }, stop: ['END'] },
    'openai-chat',
  ],
])('%s: %p is said in %s', (_what, more, dialect) => {
  expect<string>(bestDialect([chat, responses], asked(more)).dialect).toBe(dialect)
  expect(bestDialect([responses], asked(more)).dialect).toBe('openai-responses')
})
