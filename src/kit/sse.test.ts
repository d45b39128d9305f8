import { describe, expect, test } from 'bun:test'
import { growth } from '../../test/growth.ts'
import fc from 'fast-check'
import { EventSplitter, EventTooLarge } from './sse-splitter.ts'
import { encodeEvent, readEvent, replaceData } from './sse.ts'

describe('the splitter', () => {
  test.each([
    ['data: a\n\ndata: b\n\n', ['data: a\n\n', 'data: b\n\n']],
    ['data: a\r\n\r\ndata: b\r\n\r\n', ['data: a\r\n\r\n', 'data: b\r\n\r\n']],
    ['data: a\r\rdata: b\r\r', ['data: a\r\r', 'data: b\r\r']],
    [': ping\n\ndata: a\n\n\n', [': ping\n\n', 'data: a\n\n', '\n']],
    ['data: a\n\r\ndata: b\r\r\n', ['data: a\n\r\n', 'data: b\r\r', '\n']],
    ['data: a\n\ndata: [DONE]', ['data: a\n\n', 'data: [DONE]']],
    ['\ufeffdata: é😀\ndata: 2\n\n', ['\ufeffdata: é😀\ndata: 2\n\n']],
  ])('cuts %j into its events', (stream, events) => {
    expect(split([Buffer.from(stream)])).toEqual(events)
  })

  test('finds the same events wherever the stream is cut, and their bytes are the stream', () => {
    const line = fc.constantFrom('data: x', 'data', ': c', 'event: e', 'data: {"a":"é"}', '', '', 'id: 1')
    const ending = fc.constantFrom('\n', '\n', '\r\n', '\r')
    const streams = fc
      .array(
        fc.tuple(line, ending).map((pair) => pair.join('')),
        { maxLength: 20 },
      )
      .map((lines) => Buffer.from(lines.join('')))
    fc.assert(
      fc.property(streams, fc.array(fc.nat(200), { maxLength: 12 }), (stream, cuts) => {
        const whole = split([stream])
        expect(whole.join('')).toBe(stream.toString())
        expect(split([...stream].map((byte) => new Uint8Array([byte])))).toEqual(whole)
        const at = [...new Set(cuts)].filter((cut) => cut < stream.length).sort((a, b) => a - b)
        expect(
          split([...at, stream.length].map((end, index) => stream.subarray(at[index - 1] ?? 0, end))),
        ).toEqual(whole)
      }),
      { numRuns: 2000 },
    )
  })

  test('refuses an event beyond its limit, also in small chunks', () => {
    const splitter = new EventSplitter(100)
    const push = () => {
      for (let i = 0; i < 200; i++) splitter.push(Buffer.from('x'))
    }
    expect(push).toThrow(EventTooLarge)
    expect(new EventSplitter(100).push(Buffer.from('data: a\n\n'.repeat(100)))?.ends.length).toBe(100)
  })

  test('takes linear time for one large event in small chunks', async () => {
    const chunk = Buffer.from('data: 0123456789'.repeat(4))
    const split = (chunks: number) => {
      const splitter = new EventSplitter(1 << 23)
      for (let i = 0; i < chunks; i++) splitter.push(chunk)
      expect(splitter.end()?.bytes.length).toBe(chunks * chunk.length)
    }
    // eight times the chunks: linear is 8, quadratic 64
    expect(await growth(split, 8_000, 64_000, 24)).toBeLessThan(24)
  })
})

describe('readEvent', () => {
  test.each([
    ['data: a\n\n', 'a'],
    ['data:a\n\n', 'a'],
    ['data:  a\n\n', ' a'],
    ['data: a\ndata: b\n\n', 'a\nb'],
    ['data: a\r\ndata: b\r\n\r\n', 'a\nb'],
    ['data: a\rdata\r\r', 'a\n'],
    ['data:\n\n', ''],
    ['data: [DONE]', '[DONE]'],
    [': ping\n\n', undefined],
    ['dat: a\n\n', undefined],
    ['\ndata: é😀\n\n', 'é😀'],
    ['data : a\n\n', undefined],
  ])('reads the data of %j', (raw, data) => {
    const read = readEvent(Buffer.from(raw)).data
    expect(read && Buffer.from(read).toString()).toBe(data)
  })

  test('reads name, id and retry as the standard says', () => {
    const event = readEvent(
      Buffer.from('event: a\nevent: error\nid: 7\nretry: 250\nretry: soon\nid: bad\0\n: x\ndata: y\n\n'),
    )
    expect(event).toMatchObject({ name: 'error', id: '7', retryMs: 250 })
  })

  test('skips a byte order mark before the first event only', () => {
    const raw = Buffer.from('\ufeffdata: a\n\n')
    expect(Buffer.from(readEvent(raw, true).data ?? []).toString()).toBe('a')
    expect(readEvent(raw).data).toBeUndefined()
  })
})

describe('replaceData', () => {
  test.each([
    [': c\nid: 1\ndata:{"a":1}\nevent: e\n\n', ': c\nid: 1\ndata:NEW\nevent: e\n\n'],
    ['data: {\r\n: c\r\ndata: "a":1}\r\nid: 2\r\n\r\n', 'data: NEW\r\n: c\r\nid: 2\r\n\r\n'],
    ['data: [DONE]', 'data: NEW'],
    ['data: a\ndata: b\ndata: c\n\n', 'data: NEW\n\n'],
    [': ping\n\n', ': ping\n\n'],
  ])('changes only the data of %j', (raw, expected) => {
    const bytes = Buffer.from(raw)
    expect(Buffer.from(replaceData(bytes, readEvent(bytes), Buffer.from('NEW'))).toString()).toBe(expected)
  })

  test('writes data with line feeds as several lines that read back the same', () => {
    const bytes = Buffer.from('data: a\n\n')
    const replaced = replaceData(bytes, readEvent(bytes), Buffer.from('1\n\n2'))
    expect(Buffer.from(readEvent(replaced).data ?? []).toString()).toBe('1\n\n2')
  })
})

test('an encoded text parses to the same text, with any line ends', () => {
  expect(encodeEvent({ data: '{}', name: 'error' })).toBe('event: error\ndata: {}\n\n')
  const event = readEvent(Buffer.from(encodeEvent({ data: 'a\r\nb\rc\n' })))
  expect(Buffer.from(event.data ?? []).toString()).toBe('a\nb\nc\n')
})

function split(chunks: readonly Uint8Array[]): string[] {
  const splitter = new EventSplitter(10_000)
  const events: string[] = []
  for (const batch of [...chunks.map((chunk) => splitter.push(chunk)), splitter.end()]) {
    let start = 0
    for (const end of batch?.ends ?? []) {
      events.push(Buffer.from(batch!.bytes.subarray(start, end)).toString())
      start = end
    }
  }
  return events
}
