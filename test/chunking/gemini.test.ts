// Each Google stream is cut at each byte. The bytes to the client, the facts, the pieces and the canonical
// events must stay the same.

import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { ResponsePiece } from '../../src/contract/response.ts'
import type { Usage } from '../../src/contract/usage.ts'
import { responseDialect as dialect } from '../../src/traffic/llm/dialects/gemini/response/view.ts'
import { codec } from '../../src/traffic/llm/dialects/gemini/index.ts'
import { readResponse } from '../../src/traffic/llm/wire/response.ts'
import { answer, plain, provider } from './answer.ts'

const folder = join(import.meta.dir, '../fixtures/gemini')
const streams = readdirSync(folder).filter((name) => name.endsWith('.sse'))

describe.each(streams)('%s', (name) => {
  const stream = readFileSync(join(folder, name))

  test.each(['meter', 'content'] as const)(
    'at depth %s, cut at each byte, is what it is uncut',
    async (depth) => {
      const whole = await readAll([stream], depth)
      // the error is repeated, so that Google's own SDKs raise
      if (name !== 'error-mid-stream.sse') expect(whole.bytes).toBe(stream.toString('latin1'))
      for (let cut = 1; cut < stream.length; cut++) {
        expect(await readAll([stream.subarray(0, cut), stream.subarray(cut)], depth)).toEqual(whole)
      }
    },
  )

  test('a stream gives the same facts at both reading depths', async () => {
    const {
      pieces: _,
      outputLength: _characters,
      media: _unread,
      ...content
    } = await readAll([stream], 'content')
    const { pieces: _none, outputLength: _spelled, ...meter } = await readAll([stream], 'meter')
    expect(meter).toEqual(content)
  })

  test('a stream that is cut at each byte gives the same canonical response', async () => {
    const whole = await eventsOf([stream])
    for (let cut = 1; cut < stream.length; cut++)
      expect(await eventsOf([stream.subarray(0, cut), stream.subarray(cut)])).toEqual(whole)
  })

  test('a stream gives the same counts and end to the pass-through and to the translation', async () => {
    const { usage, finish } = await readAll([stream], 'meter')
    const events = await eventsOf([stream])
    expect(events.findLast((event) => event.kind === 'usage')?.usage).toEqual(usage)
    expect(events.findLast((event) => event.kind === 'finish')?.finish).toEqual(finish)
  })
})

test.each<[string, Usage]>([
  ['text.sse', { inputTokens: 12, outputTokens: 10 }],
  ['thinking-and-signature.sse', { inputTokens: 20, outputTokens: 46, reasoningTokens: 41 }],
  ['grounded-search.sse', { inputTokens: 95, outputTokens: 9, fees: { web_search: 1, grounded_prompt: 1 } }],
  ['cached-audio.sse', { inputTokens: 900, outputTokens: 4, cacheReadTokens: 700, inputAudioTokens: 800 }],
  ['blocked-prompt.sse', { inputTokens: 9, outputTokens: 0 }],
  // the output before the error was counted
  ['error-mid-stream.sse', { inputTokens: 11, outputTokens: 2 }],
])('%s is charged by its last counts', async (name, usage) => {
  expect((await readAll([readFileSync(join(folder, name))], 'meter')).usage).toEqual(usage)
})

test('each tool call has its own channel, and its arguments are read as JSON', async () => {
  const { pieces } = await readAll([readFileSync(join(folder, 'parallel-tool-calls.sse'))], 'content')
  const calls = pieces.filter(({ kind, channel }) => kind === 'tool-arguments' && channel !== 'fields')
  expect(calls.map(({ channel, form, escaping }) => [channel, form, escaping])).toEqual([
    ['choice/0/tool/0', 'whole', 'json-text'],
    ['choice/0/tool/1', 'whole', 'json-text'],
    ['choice/0/tool/0', 'whole', 'json-text'],
  ])
  expect(calls.map(({ text }) => JSON.parse(text))).toEqual([
    { city: 'Rome', day: 1 },
    { city: 'Øslo \n "north"', day: 2 },
    {},
  ])
})

test('searches and citations are reported as positions in the text', async () => {
  const events = await eventsOf([readFileSync(join(folder, 'grounded-search.sse'))])
  const text = events.flatMap((event) => (event.kind === 'text-delta' ? [event.text] : [])).join('')
  const cited = events.flatMap((event) => (event.kind === 'citation' ? [event.citation] : []))
  expect(
    cited.map(({ source, title, span }) => [source, title, span && text.slice(span.start, span.end)]),
  ).toEqual([
    [{ kind: 'url', url: 'https://example.com/a' }, 'a.example', 'Rom gewann:'],
    [{ kind: 'url', url: 'https://example.com/b' }, 'b.example', 'Rom gewann:'],
    [{ kind: 'url', url: 'https://example.com/b' }, 'b.example', '3 zu 1.'],
  ])
})

test('a stream without a finish reason counts as cut', async () => {
  const stream = readFileSync(join(folder, 'text.sse')).toString()
  const cut = Buffer.from(stream.slice(0, stream.lastIndexOf('data: ')))
  expect(readAll([cut], 'meter')).rejects.toMatchObject({ code: 'upstream-cut' })
  expect(eventsOf([cut])).rejects.toMatchObject({ code: 'upstream-cut' })
})

/** The whole content of a response, independent of how its bytes were grouped into pieces. */
async function readAll(chunks: readonly Uint8Array[], depth: Attempt['depth']) {
  const received = await readResponse(answer(chunks), {
    dialect,
    provider,
    depth,
    isStreaming: true,
    swallowsUsage: false,
  })
  const reported: {
    bytes: string
    outputLength: number
    hasOutput: boolean
    pieces: NonNullable<ResponsePiece['pieces']>[number][]
  } & Partial<Omit<ResponsePiece, 'pieces'>> = { bytes: '', outputLength: 0, hasOutput: false, pieces: [] }
  for (let piece = await received.next(); piece; piece = await received.next()) {
    const { bytes, outputLength, hasOutput, pieces = [], isTerminal, ...facts } = piece
    reported.bytes += Buffer.from(bytes).toString('latin1')
    reported.outputLength += outputLength
    reported.hasOutput ||= hasOutput
    reported.pieces.push(...plain(pieces))
    Object.assign(reported, facts, isTerminal ? { isTerminal } : {})
    delete reported.edit
  }
  return reported
}

async function eventsOf(chunks: readonly Uint8Array[]) {
  const reader = codec.decodeResponse(answer(chunks), { newId: (prefix) => prefix })
  const events = []
  for (let batch = await reader.next(); batch; batch = await reader.next()) events.push(...batch)
  return events
}
