// The window over the real reader of a dialect: the bytes that a client of OpenAI would receive.

import { expect, test } from 'bun:test'
import { responseDialect as dialect } from '../../src/traffic/llm/dialects/openai-chat/response/view.ts'
import { streamResponse } from '../../src/traffic/wire/stream-response.ts'
import { bench, guard, nothingInspected } from './harness.ts'

const chunk = (delta: object, finish: string | null = null) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`
const call = (fragment: string) => chunk({ tool_calls: [{ index: 0, function: { arguments: fragment } }] })

const common = { status: 200, headers: [], losses: [] }

async function through(sent: string, size: number): Promise<string> {
  const bytes = new TextEncoder().encode(sent)
  let at = 0
  const source = {
    next: async () => (at < bytes.length ? bytes.subarray(at, (at += size)) : undefined),
    cancel: async () => {},
  }
  const run = bench([guard('redact')])
  const vault = new Map([['<EMAIL_1>', 'ada "the" countess']])
  const result = run.inspector.guardResponse(
    streamResponse(common, source, { dialect, depth: 'content', swallowsUsage: false }),
    nothingInspected(vault),
    run.notes,
  )
  let received = ''
  const decoder = new TextDecoder()
  for (let piece = await result.next(); piece; piece = await result.next()) {
    received += typeof piece.bytes === 'string' ? piece.bytes : decoder.decode(piece.bytes, { stream: true })
  }
  return received
}

test('events change only where text was redacted or restored, and all events arrive', async () => {
  const sent = [
    chunk({ role: 'assistant', content: '' }),
    ': ping\n\n',
    chunk({ content: 'Dear <EM' }),
    chunk({ content: 'AIL_1>, call 4111' }),
    chunk({ content: ' 1111 1111 1111' }),
    chunk({ content: ' – naïve 🎉.' }),
    call('{"to":"<EMAIL'),
    call('_1>","card":4111111111111111'),
    call('}'),
    chunk({}, 'tool_calls'),
    'data: [DONE]\n\n',
  ].join('')
  const expected = [
    chunk({ role: 'assistant', content: '' }),
    // a comment is the provider's own text, which no guard reads, so it is emptied
    ':\n\n',
    chunk({ content: 'Dear ada "the" countess' }),
    chunk({ content: ', call [card]' }),
    chunk({ content: '' }),
    chunk({ content: ' – naïve 🎉.' }),
    call('{"to":"ada \\"the\\" countess'),
    call('","card":"[card]"'),
    call('}'),
    chunk({}, 'tool_calls'),
    'data: [DONE]\n\n',
  ].join('')
  for (const size of [1, 7, 64, 100_000]) expect(await through(sent, size)).toBe(expected)
})
