import { describe, expect, test } from 'bun:test'
import { GatewayError } from '../../contract/errors.ts'
import type { ByteSource, EventMemory } from '../../contract/upstream.ts'
import { createEventMemory } from '../../upstream/event-memory.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { turnEnd } from '../../kit/turn.ts'
import { EventStream } from './event-stream.ts'
import type { EventReader } from './event-stream.ts'

/** Items are the letters of `data: …`; `.` ends the stream, `!` is garbage. */
class Letters implements EventReader<string> {
  isOver = false

  read({ bytes, ends }: EventBatch, out: string[]): void {
    let start = 0
    for (const end of ends) {
      const text = Buffer.from(bytes.subarray(start, end)).toString().trim().slice('data: '.length)
      start = end
      if (text === '!') throw new GatewayError('upstream-garbage', 'garbage')
      if (text === '.') this.isOver = true
      out.push(text)
    }
  }

  end(_out: string[], isBroken: boolean): void {
    throw new GatewayError('upstream-cut', isBroken ? 'broken' : 'cut')
  }
}

function sourceOf(
  ...chunks: readonly (string | Error)[]
): ByteSource & { reads: number; isCanceled: boolean } {
  const rest = [...chunks]
  return {
    reads: 0,
    isCanceled: false,
    async next() {
      this.reads++
      const chunk = rest.shift()
      if (chunk instanceof Error) throw chunk
      return chunk === undefined ? undefined : Buffer.from(chunk)
    },
    async cancel() {
      this.isCanceled = true
    },
  }
}

async function readAll(source: ByteSource): Promise<string> {
  const stream = new EventStream(source, new Letters())
  let seen = ''
  try {
    for (let items = await stream.next(); items; items = await stream.next()) seen += items.join('')
  } catch (thrown) {
    return `${seen} ${thrown instanceof Error ? thrown.message : ''}`
  }
  return seen
}

describe('an event stream', () => {
  test('is read to its last event wherever it is cut', async () => {
    const text = 'data: a\n\ndata: b\n\ndata: .\n\n'
    for (let at = 0; at <= text.length; at++)
      expect(await readAll(sourceOf(text.slice(0, at), text.slice(at)))).toBe('ab.')
  })

  test.each([
    ['the source fails', [new Error('reset')], ' reset'],
    ['the source ends', [], ' cut'],
    ['the last event is cut', ['data: !'], ' broken'],
    ['an event is garbage', ['data: !\n\n'], ' garbage'],
  ])('gives what came whole before %s', async (_name, chunks, failure) => {
    expect(await readAll(sourceOf('data: a\n\ndata: b\n\n', ...chunks))).toBe(`ab${failure}`)
  })

  test('delivers the events that were complete in the chunk that fails', async () => {
    expect(await readAll(sourceOf('data: a\n\ndata: !\n\n'))).toBe('a garbage')
  })

  test('does not give an event without its blank line when the stream was cut', async () => {
    expect(await readAll(sourceOf('data: a\n\ndata: b'))).toBe('a cut')
    expect(await readAll(sourceOf('data: a\n\ndata: .'))).toBe('a.')
  })

  test('ends with its last event, whatever comes after it', async () => {
    expect(await readAll(sourceOf('data: .\n\n', 'data: !\n\n', new Error('reset')))).toBe('.')
  })

  test('reads at most 64 KB after the last event from a provider that keeps sending', async () => {
    const source = sourceOf('data: .\n\n', ...Array.from({ length: 100 }, () => ':'.repeat(16 * 1024)))
    expect(await readAll(source)).toBe('.')
    expect(source.isCanceled).toBe(true)
    expect(source.reads).toBe(6)
  })

  test('parses a chunk in slices: a megabyte does not become a million items at once', async () => {
    const stream = new EventStream(sourceOf('data: a\n\n'.repeat(100_000)), new Letters())
    expect((await stream.next())?.length).toBeLessThan(2_000)
  })

  test('with an event that never ends is refused', async () => {
    const megabyte = 'a'.repeat(1024 * 1024)
    expect(
      await readAll(sourceOf('data: a\n\n', 'data: ', ...Array.from({ length: 40 }, () => megabyte))),
    ).toContain('larger than 33554432 bytes')
  })

  describe('with an event that does not end', () => {
    const kilobytes = (count: number) => 'a'.repeat(count * 1024)
    const open = (memory: EventMemory, ...chunks: (string | Error)[]) =>
      new EventStream(sourceOf('data: a\n\n', ...chunks), new Letters(), memory)
    /** Pulls until the stream ends, and returns the reason. */
    async function drained(stream: EventStream<string>): Promise<string> {
      try {
        while (await stream.next());
        return 'end'
      } catch (thrown) {
        return thrown instanceof GatewayError ? thrown.code : String(thrown)
      }
    }

    test('counts towards the memory of all streams, which refuses more than its limit', async () => {
      const memory = createEventMemory(400 * 1024)
      let release = () => {}
      const waits = new Promise<undefined>((resolve) => (release = () => resolve(undefined)))
      const source = sourceOf('data: a\n\n', `data: ${kilobytes(300)}`)
      const next = source.next.bind(source)
      // it has sent 300 KB, then pauses
      const first = new EventStream(
        { ...source, next: async () => (await next()) ?? waits },
        new Letters(),
        memory,
      )
      await first.next()
      const reading = drained(first)
      await turnEnd()
      expect(await drained(open(memory, `data: ${kilobytes(200)}`))).toBe('overloaded')
      // short ones are not counted
      expect(await drained(open(memory, `data: ${kilobytes(60)}`))).toBe('upstream-cut')
      release()
      expect(await reading).toBe('upstream-cut')
      expect(await drained(open(memory, `data: ${kilobytes(300)}`))).toBe('upstream-cut')
    })

    test.each([
      ['it ends', [`data: ${kilobytes(300)}`, '\n\ndata: .\n\n'], 'end'],
      ['the stream is cut', [`data: ${kilobytes(300)}`], 'upstream-cut'],
      [
        'the source fails',
        [`data: ${kilobytes(300)}`, new GatewayError('upstream-timeout', 'late')],
        'upstream-timeout',
      ],
    ])('gives its memory back when %s', async (_name, chunks, end) => {
      const memory = createEventMemory(400 * 1024)
      for (let round = 0; round < 3; round += 1) expect(await drained(open(memory, ...chunks))).toBe(end)
    })

    test('gives its memory back when it is canceled', async () => {
      const memory = createEventMemory(400 * 1024)
      for (let round = 0; round < 3; round += 1) {
        const stream = open(memory, `data: ${kilobytes(300)}`, `\n\ndata: ${kilobytes(300)}`)
        await stream.next()
        await stream.next()
        await stream.cancel()
      }
      expect(await drained(open(memory, `data: ${kilobytes(300)}`))).toBe('upstream-cut')
    })
  })

  test('that was canceled returns no more items', async () => {
    const source = sourceOf('data: a\n\n', 'data: b\n\n')
    const stream = new EventStream(source, new Letters())
    await stream.next()
    await stream.cancel()
    expect(await stream.next()).toBeUndefined()
    expect(source.isCanceled).toBe(true)
  })
})
