import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { JsonFault } from './json-fault.ts'
import { scanInSlices } from './json-slices.ts'
import { scan } from './json-spans.ts'
import type { JsonDocument } from './json-spans.ts'

const maxDepth = 8

const texts = fc
  .tuple(fc.jsonValue({ maxDepth: 5 }), fc.constantFrom(undefined, 1, ' \r\n'), fc.nat(80), fc.string())
  .map(([value, indent, padding, key]) =>
    JSON.stringify(
      {
        value,
        [`a "long" key\n${'é'.repeat(padding)}`]: `${'ä"\\'.repeat(padding)}\n`,
        list: [value, { [key]: padding }],
      },
      null,
      indent,
    ),
  )

const change = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(2),
  insert: fc.constantFrom(
    '',
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '0',
    '-',
    '.',
    'e',
    ' ',
    '\n',
    '\x01',
    'u',
    'true',
    '[[[[[[[[[',
    '"list":1,',
  ),
})

const damaged = fc.tuple(texts, fc.array(change, { maxLength: 2 })).map(([text, changes]) =>
  changes.reduce((given, { at, drop, insert }) => {
    const index = Math.floor(at * given.length)
    return given.slice(0, index) + insert + given.slice(index + drop)
  }, text),
)

type Verdict =
  | (Pick<JsonDocument, 'root' | 'latin1'> & { members: unknown[] })
  | { fault: string; offset: number | undefined; message: string }

const verdict = ({ root, latin1, members }: JsonDocument): Verdict => ({
  root,
  latin1,
  members: [...members],
})

function faultOf(thrown: unknown): Verdict {
  if (!(thrown instanceof JsonFault)) throw thrown
  return { fault: thrown.kind, offset: thrown.offset, message: thrown.message }
}

function atOnce(bytes: Uint8Array): Verdict {
  try {
    return verdict(scan(bytes, { maxDepth }))
  } catch (thrown) {
    return faultOf(thrown)
  }
}

describe('a document that is scanned in slices', () => {
  test('has the same result as an unsliced scan, wherever a slice ends', async () => {
    await fc.assert(
      fc.asyncProperty(damaged, fc.integer({ min: 1, max: 60 }), async (text, slice) => {
        const bytes = Buffer.from(text)
        const sliced = await scanInSlices(bytes, { maxDepth, slice }, async () => {}).then(verdict, faultOf)
        expect(sliced).toEqual(atOnce(bytes))
      }),
      { numRuns: 3000 },
    )
  })

  const size = 100_000
  test.each([
    ['numbers', `[${'1,'.repeat(size / 2)}1]`],
    [
      'members of the top level',
      `{${Array.from({ length: size / 10 }, (_, index) => `"k${index + 100_000}":1`).join()}}`,
    ],
    ['containers', `{"a":[${'[{}],'.repeat(size / 5)}1]}`],
    ['a long escaped text', `{"a":"${'\\n'.repeat(size / 2)}"}`],
    ['a long text of quotes', `{"a":"${'\\"'.repeat(size / 2)}"}`],
    ['a long escaped key', `{"${'\\n'.repeat(size / 2)}":1}`],
    ['a long escaped key inside', `{"a":{"${'\\"'.repeat(size / 2)}":1}}`],
  ])('lets other work run after each: %s', async (_name, text) => {
    const slice = 1000
    let pauses = 0
    await scanInSlices(Buffer.from(text), { maxDepth, slice }, async () => void (pauses += 1))
    expect(pauses).toBeGreaterThanOrEqual(Math.floor(size / slice) - 2)
  })

  test('is read no further when the pause rejects', async () => {
    let pauses = 0
    const left = new Error('left')
    const reading = scanInSlices(
      Buffer.from(`[${'1,'.repeat(size)}1]`),
      { maxDepth, slice: 1000 },
      async () => {
        if (++pauses === 3) throw left
      },
    )
    expect(await reading.catch((thrown: unknown) => thrown)).toBe(left)
    expect(pauses).toBe(3)
  })
})
