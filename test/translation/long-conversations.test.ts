// Conversations that a client can make long, in forms that tempt a translation to search or copy earlier
// items: the cost must grow linearly with the length, not quadratically.

import { describe, expect, test } from 'bun:test'
import { generateDialects } from '../../src/traffic/llm/dialect.ts'
import { growth } from '../growth.ts'
import { question } from '../doors/doors.ts'
import { hello, room } from '../doors/room.ts'

const repeat = (count: number, unit: (index: number) => readonly object[]) =>
  Array.from({ length: count }, (_, index) => unit(index)).flat()
const call = (id: string) => ({ id, type: 'function', function: { name: 'f', arguments: '{}' } })
const user = { role: 'user', content: 'go' }

const shapes = {
  'every response uses the same id for its call': (count: number) => ({
    messages: repeat(count, () => [
      user,
      { role: 'assistant', tool_calls: [call('c')] },
      { role: 'tool', tool_call_id: 'c', content: 'x' },
    ]),
  }),
  'one call is answered again and again': (count: number) => ({
    messages: [
      user,
      { role: 'assistant', tool_calls: [call('c')] },
      ...repeat(count, () => [{ role: 'tool', tool_call_id: 'c', content: 'x' }]),
    ],
  }),
  'one response calls many tools': (count: number) => ({
    messages: [
      user,
      { role: 'assistant', tool_calls: repeat(count, (index) => [call(`c${index}`)]) },
      ...repeat(count, (index) => [{ role: 'tool', tool_call_id: `c${index}`, content: 'x' }]),
    ],
  }),
  'calls stay without results': (count: number) => ({
    messages: [
      user,
      ...repeat(count, (index) => [{ role: 'assistant', content: 'x', tool_calls: [call(`c${index}`)] }]),
      user,
    ],
  }),
}

describe.each(Object.entries(shapes))('where %s', (_name, shape) => {
  test.each(generateDialects.filter((back) => back !== 'openai-chat'))(
    'the translation cost of a long conversation for %s grows linearly with its length',
    async (back) => {
      const there = room({ answer: hello })
      const send = (count: number) =>
        there.call('openai-chat', back, question['openai-chat']('', false, shape(count)))
      expect((await send(10)).status).toBe(200)
      expect(await growth(send, 500, 4000, 24)).toBeLessThan(24)
    },
    60_000,
  )
})

test('many calls in one response of the Responses dialect cost time in proportion to their number', async () => {
  const there = room({ answer: hello })
  const input = (count: number) => [
    user,
    ...repeat(count, (index) => [
      { type: 'function_call', call_id: `c${index}`, name: 'f', arguments: '{}' },
    ]),
    user,
  ]
  const send = (count: number) =>
    there.call(
      'openai-responses',
      'openai-chat',
      question['openai-responses']('', false, { input: input(count) }),
    )
  expect((await send(10)).status).toBe(200)
  expect(await growth(send, 1000, 8000, 24)).toBeLessThan(24)
}, 60_000)
