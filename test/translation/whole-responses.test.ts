// A whole response joins the pieces that a stream would send. The events of a stream, with keep-alives and
// interleaved calls, must become one JSON text with the same meaning.

import { describe, expect, test } from 'bun:test'
import type { ResponseEvent } from '../../src/traffic/llm/canonical/index.ts'
import { allCodecs } from '../../src/traffic/llm/codecs.ts'
import { blocksOf, readAll, replyContext, wholeOf } from './kit.ts'

const events: ResponseEvent[] = [
  { kind: 'ping' },
  { kind: 'start', id: 'r1', model: 'm', createdAt: 1_790_000_000 },
  { kind: 'ping' },
  { kind: 'text-start', choice: 0, id: 'a' },
  { kind: 'text-delta', choice: 0, id: 'a', text: 'Two ' },
  { kind: 'ping' },
  { kind: 'text-delta', choice: 0, id: 'a', text: 'calls.' },
  { kind: 'text-end', choice: 0, id: 'a' },
  { kind: 'tool-call-start', choice: 0, id: 'b', callId: 'call_1', name: 'one', tool: 'function' },
  { kind: 'tool-call-start', choice: 0, id: 'c', callId: 'call_2', name: 'two', tool: 'function' },
  { kind: 'tool-call-delta', choice: 0, id: 'c', text: '{"x":' },
  { kind: 'tool-call-delta', choice: 0, id: 'b', text: '{"y":[1' },
  { kind: 'tool-call-delta', choice: 0, id: 'c', text: '1}' },
  { kind: 'tool-call-delta', choice: 0, id: 'b', text: ',2]}' },
  { kind: 'tool-call-end', choice: 0, id: 'b' },
  { kind: 'tool-call-end', choice: 0, id: 'c' },
  { kind: 'usage', usage: { inputTokens: 5, outputTokens: 7 } },
  { kind: 'finish', choice: 0, finish: { unified: 'tool-calls', raw: 'tool_calls' } },
  { kind: 'end' },
]

const codecs = allCodecs.flatMap((codec) =>
  codec.family === 'generate' ? [[codec.dialect, codec] as const] : [],
)

describe.each(codecs)('%s', (_dialect, codec) => {
  const write = () => {
    const encoder = codec.encoder({ model: 'm', isStreaming: false }, replyContext())
    return events.map((event) => encoder.write(event))
  }

  test('a whole response writes nothing before its end', () => {
    expect(write().filter((text) => text !== '')).toHaveLength(1)
    expect(write().at(-1)).toStartWith('{')
  })

  test('a whole response joins texts and interleaved calls', async () => {
    const read = await readAll(codec.decodeResponse(wholeOf(write().join('')), replyContext()))
    expect(blocksOf(read, 'whole').blocks).toEqual(blocksOf(events, 'whole').blocks)
    expect(read.at(-1)).toEqual({ kind: 'end' })
  })
})
