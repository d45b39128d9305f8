// Each stream of OpenAI's Responses is cut at each byte. The bytes to the client, the facts, the pieces and
// the translation must stay the same.

import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attempt } from '../../src/contract/attempt.ts'
import type { ResponsePiece } from '../../src/contract/response.ts'
import { responseDialect as dialect } from '../../src/traffic/llm/dialects/openai-responses/response/view.ts'
import { codec } from '../../src/traffic/llm/dialects/openai-responses/index.ts'
import { readResponse } from '../../src/traffic/llm/wire/response.ts'
import { answer, plain, provider } from './answer.ts'

const folder = join(import.meta.dir, '../fixtures/openai-responses')
const streams = readdirSync(folder).filter((name) => name.endsWith('.sse'))

describe.each(streams)('%s', (name) => {
  const stream = readFileSync(join(folder, name))

  test.each(['meter', 'content'] as const)(
    'at depth %s, cut at each byte, is what it is uncut',
    async (depth) => {
      const whole = await readAll([stream], depth)
      expect(whole.bytes).toBe(stream.toString('latin1'))
      for (let cut = 1; cut < stream.length; cut++) {
        same(await readAll([stream.subarray(0, cut), stream.subarray(cut)], depth), whole)
      }
    },
  )

  test.each(['meter', 'content'] as const)(
    'at depth %s, byte by byte, is what it is uncut',
    async (depth) => {
      const bytes = [...stream].map((byte) => new Uint8Array([byte]))
      expect(await readAll(bytes, depth)).toEqual(await readAll([stream], depth))
    },
  )

  test('a stream that is cut at each byte is translated to the same events', async () => {
    const whole = await translated([stream])
    for (let cut = 1; cut < stream.length; cut++)
      same(await translated([stream.subarray(0, cut), stream.subarray(cut)]), whole)
  })

  test('a stream gives the same facts at both reading depths', async () => {
    const { pieces: _, outputLength: _characters, ...content } = await readAll([stream], 'content')
    const { pieces: _none, outputLength: _spelled, ...meter } = await readAll([stream], 'meter')
    expect(meter).toEqual(content)
  })
})

/** There are thousands of comparisons. Only the one that fails is shown. */
function same(got: object, expected: object): void {
  if (!Bun.deepEquals(got, expected)) expect(got).toEqual(expected)
}

async function translated(chunks: readonly Uint8Array[]) {
  const reader = codec.decodeResponse(answer(chunks), { newId: (prefix) => prefix })
  const events: object[] = []
  for (let batch = await reader.next(); batch; batch = await reader.next()) events.push(...batch)
  return events
}

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
    pieces: object[]
  } & Partial<ResponsePiece> = {
    bytes: '',
    outputLength: 0,
    hasOutput: false,
    pieces: [],
  }
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
