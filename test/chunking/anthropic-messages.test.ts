// Each Anthropic stream is cut at each byte. The bytes to the client, the facts, the pieces and the canonical
// events must stay the same.

import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { ResponsePiece } from '../../src/contract/response.ts'
import type { Usage } from '../../src/contract/usage.ts'
import { responseDialect as dialect } from '../../src/traffic/llm/dialects/anthropic-messages/response/view.ts'
import { codec } from '../../src/traffic/llm/dialects/anthropic-messages/index.ts'
import { readResponse } from '../../src/traffic/llm/wire/response.ts'
import { answer, plain, provider } from './answer.ts'

const folder = join(import.meta.dir, '../fixtures/anthropic-messages')
const streams = readdirSync(folder).filter((name) => name.endsWith('.sse'))

describe.each(streams)('%s', (name) => {
  const stream = readFileSync(join(folder, name))

  test.each(['meter', 'content'] as const)(
    'at depth %s, cut at each byte, is what it is uncut',
    async (depth) => {
      const whole = await readAll([stream], depth)
      expect(whole.bytes).toBe(stream.toString('latin1'))
      for (let cut = 1; cut < stream.length; cut++) {
        expect(await readAll([stream.subarray(0, cut), stream.subarray(cut)], depth)).toEqual(whole)
      }
    },
  )

  test('a stream gives the same facts at both reading depths', async () => {
    const { pieces: _, outputLength: _characters, ...content } = await readAll([stream], 'content')
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
  ['text.sse', { inputTokens: 25, outputTokens: 12, cacheReadTokens: 0, cacheWriteTokens: 0 }],
  [
    'cache-counts.sse',
    {
      inputTokens: 1503,
      outputTokens: 9,
      cacheReadTokens: 1000,
      cacheWriteTokens: 500,
      cacheWriteLongTokens: 200,
    },
  ],
  [
    'thinking.sse',
    { inputTokens: 25, outputTokens: 40, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 30 },
  ],
  [
    'web-search.sse',
    { inputTokens: 900, outputTokens: 60, cacheReadTokens: 0, cacheWriteTokens: 0, fees: { web_search: 1 } },
  ],
  // the output so far is not reported
  ['error-mid-stream.sse', { inputTokens: 25, cacheReadTokens: 0, cacheWriteTokens: 0 }],
])('%s is charged by its last counts', async (name, usage) => {
  expect((await readAll([readFileSync(join(folder, name))], 'meter')).usage).toEqual(usage)
})

test('each channel of a stream ends with its block', async () => {
  const { pieces } = await readAll([readFileSync(join(folder, 'parallel-tool-calls.sse'))], 'content')
  const reported = pieces.filter(({ isLast }) => isLast).map(({ channel }) => channel)
  // the second call has no arguments
  expect(reported).toEqual(['content/0/text', 'content/1/input', 'content/2/input'])
  const text = pieces.filter(({ channel }) => channel === 'content/1/input').map(({ text: part }) => part)
  expect(JSON.parse(text.join(''))).toEqual({ city: 'Oslo', day: 'café 1' })
})

test('a stream without a stop reason counts as cut', async () => {
  const stream = readFileSync(join(folder, 'text.sse')).toString()
  const cut = Buffer.from(stream.slice(0, stream.indexOf('event: message_delta')))
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
