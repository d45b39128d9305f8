import { expect, test } from 'bun:test'
import type { AttemptResponse, ResponsePiece } from '../../contract/response.ts'
import { createFakeClock } from '../../kit/fake-clock.ts'
import { Meter } from './meter.ts'
import { type Ahead, readAhead } from './read-ahead.ts'

const piece = (more: Partial<ResponsePiece> = {}): ResponsePiece => ({
  bytes: 'x',
  hasOutput: false,
  outputLength: 0,
  isTerminal: false,
  ...more,
})

function replying(pieces: ResponsePiece[]): AttemptResponse {
  const left = [...pieces]
  // silence after the last
  const next = async () => left.shift() ?? (await new Promise<undefined>(() => {}))
  return { status: 200, headers: [], isStream: true, losses: [], next, cancel: async () => {} }
}

test('a piece with a request to the client is not held, although another try could follow', async () => {
  const ahead: Ahead = { pieces: [], pending: undefined }
  expect(
    await readAhead(
      replying([piece(), piece({ asksClient: true })]),
      ahead,
      new Meter(),
      createFakeClock(),
      true,
    ),
  ).toBeUndefined()
  expect(ahead.pieces).toHaveLength(2)
})

test('held pieces are limited in bytes', async () => {
  const ahead: Ahead = { pieces: [], pending: undefined }
  const large = Array.from({ length: 100 }, () => piece({ bytes: 'x'.repeat(10_000) }))
  await readAhead(replying(large), ahead, new Meter(), createFakeClock(), true)
  expect(ahead.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThan(150_000)
})
