import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { closeLine, grantLines, openLine } from '../../src/gateway/record/fit.ts'
import { encodeLine, lineLimitBytes, parseLine } from '../../src/gateway/record/journal-format.ts'
import { splitLines, type Stretch } from '../../src/gateway/record/segment-reader.ts'
import { openOf, recordOf } from './kit.ts'

const entry = fc.oneof(
  fc
    .record({ tag: fc.string({ unit: 'binary' }), size: fc.nat(400) })
    .map(({ tag, size }) => encodeLine(openOf('x', { target: tag + 'é'.repeat(size) }))),
  fc.string({ unit: 'binary' }).map((name) => closeLine(recordOf('y', { upstreamId: name }))),
)

const readAll = (bytes: Uint8Array, from = 0): Stretch[] => [
  ...splitLines((buffer, position) => {
    const part = bytes.subarray(position, position + buffer.length)
    buffer.set(part)
    return part.length
  }, from),
]

describe('the journal format', () => {
  test('the journal format reads back what was written, with any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = recordOf('id', { upstreamId: text })
        const read = parseLine(Buffer.from(encodeLine({ kind: 'close', record: written })).subarray(0, -1))
        expect(read).toEqual({ kind: 'close', record: JSON.parse(JSON.stringify(written)) })
      }),
    )
  })

  test('after a cut at any byte, the journal reader returns exactly the whole lines before the cut', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 8 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (lines, share) => {
          const bytes = Buffer.from(lines.join(''))
          const cut = Math.floor(bytes.length * share)
          const stretches = readAll(bytes.subarray(0, cut))
          let whole = 0
          for (let end = 0; whole < lines.length && end + Buffer.byteLength(lines[whole]!) <= cut; whole += 1)
            end += Buffer.byteLength(lines[whole]!)
          expect(stretches.filter((stretch) => stretch.kind === 'entry').length).toBe(whole)
          expect(stretches.filter((stretch) => stretch.kind === 'bad').length).toBe(0)
          expect(stretches.at(-1)?.end ?? 0).toBe(cut)
        },
      ),
    )
  })

  test('with any bit flipped, the journal reader loses at most two lines and continues after them', () => {
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 3, maxLength: 8 }),
        fc.nat(),
        fc.nat(7),
        (lines, where, bit) => {
          const bytes = Buffer.from(lines.join(''))
          const at = where % bytes.length
          bytes[at] = bytes[at]! ^ (1 << bit)
          const stretches = readAll(bytes)
          const good = stretches.filter((stretch) => stretch.kind === 'entry').length
          expect(good).toBeGreaterThanOrEqual(lines.length - 2)
          expect(good).toBeLessThan(lines.length)
          expect(stretches.some((stretch) => stretch.kind !== 'entry')).toBe(true)
          // every byte is read exactly once
          let end = 0
          for (const stretch of stretches) {
            expect(stretch.start).toBe(end)
            end = stretch.end
          }
          expect(end).toBe(bytes.length)
        },
      ),
      { numRuns: 300 },
    )
  })

  test('a megabyte without a line feed is one damaged range in the journal and is not kept in memory', () => {
    const good = closeLine(recordOf('after'))
    const stretches = readAll(Buffer.concat([Buffer.alloc(1_300_000, 0x61), Buffer.from(`\n${good}`)]))
    expect(stretches.map((stretch) => stretch.kind)).toEqual(['bad', 'entry'])
    expect(stretches[0]).toMatchObject({ start: 0, end: 1_300_001 })
    expect(stretches[0]?.kind === 'bad' && stretches[0].bytes.length).toBe(lineLimitBytes)
  })

  test('a journal record fits into one line, however much data its caller supplied, and keeps its cost', () => {
    const text = fc
      .oneof(fc.constant('\u0000'), fc.constant('é😀'), fc.constant('x'))
      .chain((unit) => fc.nat(3000).map((count) => unit.repeat(count)))
    fc.assert(
      fc.property(text, fc.nat(400), fc.nat(60), (long, many, buckets) => {
        const charges = Array.from({ length: buckets }, (_, index) => ({
          bucket: `team/${index}/month/usd`,
          window: 'total',
          amount: '9'.repeat(18),
        }))
        const record = recordOf('0190b5a4-0000-7000-8000-000000000000', {
          tags: Object.fromEntries(Array.from({ length: many }, (_, index) => [`tag-${index}${long}`, long])),
          attempts: Array.from({ length: many }, (_, number) => ({
            number,
            target: long,
            startedMs: 0,
            endedMs: 1,
            outcome: 'failed' as const,
          })),
          teamPath: [long, long],
          resource: { kind: 'model', name: long },
          run: long,
          key: long,
          finish: { unified: 'other', raw: long },
          principal: long,
          destination: long,
          findings: {
            request: Object.fromEntries(Array.from({ length: many }, (_, index) => [`${index}${long}`, 1])),
            response: { [long]: 1 },
          },
          facts: {
            maxOutputTokens: 9,
            tools: Array.from({ length: many }, () => long),
            media: ['image'],
            claims: [long, long],
          },
          usage: { inputTokens: 7, fees: { [long]: 1 } },
          charges,
        })
        const line = closeLine(record)
        expect(Buffer.byteLength(line)).toBeLessThanOrEqual(lineLimitBytes)
        const read = parseLine(Buffer.from(line).subarray(0, -1))
        if (read?.kind !== 'close') throw new Error('not a close')
        expect(read.record.charges).toEqual(charges)
        expect(read.record.costNano).toBe('300')
        expect(read.record.id).toBe(record.id)
      }),
      { numRuns: 60 },
    )
  })

  test('a grant with any number of holds is written as readable lines, and one of them has every hold', () => {
    const holds = Array.from({ length: 500 }, (_, index) => ({
      budget: `team/${'department-'.repeat(5)}${index}/hour/usd`,
      window: '2026-11-23T11:00:00.000Z',
      granted: '1000000000000',
      returned: '0',
    }))
    const lines = grantLines({ kind: 'grant', at: 0, holds })
    const read = lines.flatMap((line) => {
      const entry = parseLine(Buffer.from(line.slice(0, -1)))
      if (entry?.kind !== 'grant') throw new Error('a line cannot be read')
      return entry.holds
    })
    expect(lines.length).toBeGreaterThan(2)
    expect(read).toEqual(holds)
  })

  test('a journal entry for an open with more buckets than fit into a line is rejected before it costs anything', () => {
    const buckets = Array.from({ length: 400 }, (_, index) => ({
      bucket: `team/${index}/month/usd`,
      window: 'total',
      amount: '1',
    }))
    expect(openLine(openOf('x', { buckets }))).toBeUndefined()
    expect(
      openLine(openOf('x', { base: { ...openOf('x').base, tags: { long: 'x'.repeat(20_000) } } })),
    ).toBeString()
  })
})
