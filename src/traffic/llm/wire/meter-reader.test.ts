import { expect, test } from 'bun:test'
import type { ResponsePiece } from '../../../contract/response.ts'
import { EventSplitter } from '../../../kit/sse-splitter.ts'
import { responseDialect } from '../dialects/openai-chat/response/view.ts'
import { StreamState } from '../../wire/event.ts'
import { meterReader } from '../../wire/meter-reader.ts'

const texts = [
  ' plain',
  ' "quoted"',
  'a \\ slash\\',
  '',
  '"',
  'ends"',
  ' é 漢 \u0001',
  ' plain',
  '{"usage":1}',
  ' plain',
]

interface Delta {
  text: string
  finish?: string
  usage?: object
}

/** @param hasOwnIds each event has its own id, so that no two have the same bytes */
function stream(deltas: readonly Delta[], hasOwnIds: boolean): string {
  const events = deltas.map(({ text, finish = null, usage = null }, index) =>
    JSON.stringify({
      id: hasOwnIds ? String(index).padStart(4, '0') : 'same',
      choices: [{ index: 0, delta: { content: text }, finish_reason: finish }],
      usage,
    }),
  )
  return `${events.map((event) => `data: ${event}\n\n`).join('')}data: [DONE]\n\n`
}

function read(text: string, isByEvent: boolean): ResponsePiece[] {
  const reader = meterReader(new StreamState(responseDialect, false))
  const splitter = new EventSplitter(1_000_000)
  const pieces: ResponsePiece[] = []
  for (const part of isByEvent ? text.split(/(?<=\n\n)/) : [text]) {
    const batch = splitter.push(Buffer.from(part))
    if (batch) reader.read(batch, pieces)
  }
  return pieces
}

const summary = (pieces: readonly ResponsePiece[]) => ({
  output: pieces.reduce((sum, piece) => sum + piece.outputLength, 0),
  usage: pieces.flatMap(({ usage }) => usage ?? []),
  finish: pieces.flatMap(({ finish }) => finish ?? []),
  isTerminal: pieces.at(-1)?.isTerminal,
})

for (const isByEvent of [false, true]) {
  test(`events spelled like one another are measured like events that are not (${isByEvent ? 'one by one' : 'all at once'})`, () => {
    const deltas: Delta[] = [
      ...texts.map((text) => ({ text })),
      { text: 'x', usage: { prompt_tokens: 3, completion_tokens: 4 } },
      ...texts.map((text) => ({ text })),
      { text: 'y', finish: 'stop' },
      { text: ' plain' },
    ]
    const alike = read(stream(deltas, false), isByEvent)
    expect(summary(alike)).toEqual(summary(read(stream(deltas, true), isByEvent)))
    expect(summary(alike).usage).toHaveLength(1)
    expect(summary(alike).finish).toHaveLength(1)
    expect(Buffer.concat(alike.map(({ bytes }) => Buffer.from(bytes))).toString()).toBe(stream(deltas, false))
  })
}
