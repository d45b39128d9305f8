import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { elements, scan, stringAt } from './json-spans.ts'
import { spellJson, spliceText, spliceTextInSteps, stringInSteps } from './json-text.ts'
import { splice } from './splice.ts'
import { runAtOnce, runInSlices } from './steps.ts'

const limits = { maxDepth: 8 }

/** Text with every cause of different offsets, partly spelled with escapes. */
const spelled = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'a',
        'b ',
        'é',
        '漢',
        '😀',
        '\\n',
        '\\"',
        '\\\\',
        '\\/',
        '\\u00e9',
        '\\ud83d\\ude00',
        '\\u0041',
      ),
      fc.string({ maxLength: 3 }).map((text) => spellJson(text)),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

test('an edit of decoded text reads as if the text itself had been edited, and leaves every other byte alone', () => {
  fc.assert(
    fc.property(spelled, fc.nat(), fc.nat(), fc.string({ unit: 'grapheme' }), (body, a, b, replacement) => {
      const source = scan(`["before","${body}", 1.0]`, limits)
      const span = elements(source, source.root)[1]!
      const text = stringAt(source, span)
      const characters = Array.from(text)
      const from = a % (characters.length + 1)
      const to = from + (b % (characters.length - from + 1))
      const edit = {
        start: characters.slice(0, from).join('').length,
        end: characters.slice(0, to).join('').length,
        replacement,
      }
      const edited = scan(splice(source.bytes, spliceText(source, span, [edit])), limits)
      const editedSpan = elements(edited, edited.root)[1]!
      expect(stringAt(edited, editedSpan)).toBe(
        text.slice(0, edit.start) + replacement + text.slice(edit.end),
      )
      expect(edited.latin1.startsWith('["before","')).toBe(true)
      expect(edited.latin1.endsWith('", 1.0]')).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('several edits of one string are applied in any order', () => {
  const source = scan('"é one \\u0074wo three"', limits)
  const edits = [
    { start: 6, end: 9, replacement: '"2"' },
    { start: 2, end: 5, replacement: '1\n' },
  ]
  expect(Buffer.from(splice(source.bytes, spliceText(source, source.root, edits))).toString()).toBe(
    '"é 1\\n \\"2\\" three"',
  )
})

test('an edit that would split an emoji takes the whole emoji', () => {
  const source = scan('"a😀b"', limits)
  const edited = splice(
    source.bytes,
    spliceText(source, source.root, [{ start: 2, end: 3, replacement: 'x' }]),
  )
  expect(Buffer.from(edited).toString()).toBe('"axb"')
})

test('JSON inside JSON is escaped once more', () => {
  const source = scan(JSON.stringify({ arguments: '{"mail":"SECRET"}' }), limits)
  const span = source.members.get('arguments')!
  const start = stringAt(source, span).indexOf('SECRET')
  const edits = [{ start, end: start + 6, replacement: spellJson('a "quoted" \\ é\n') }]
  const edited = JSON.parse(Buffer.from(splice(source.bytes, spliceText(source, span, edits))).toString())
  expect(JSON.parse(edited.arguments)).toEqual({ mail: 'a "quoted" \\ é\n' })
})

test('splices that overlap or are outside are refused, and an empty list returns the source itself', () => {
  const source = Buffer.from('0123456789')
  expect(splice(source, [])).toBe(source)
  expect(
    Buffer.from(
      splice(source, [
        { start: 8, end: 9, replacement: 'é' },
        { start: 1, end: 3, replacement: '' },
      ]),
    ).toString(),
  ).toBe('034567é9')
  expect(() =>
    splice(source, [
      { start: 1, end: 4, replacement: '' },
      { start: 3, end: 5, replacement: '' },
    ]),
  ).toThrow(RangeError)
  expect(() => splice(source, [{ start: 9, end: 11, replacement: '' }])).toThrow(RangeError)
})

/** Longer than a step, so that steps end inside characters, escapes and surrogate pairs. */
const longBody = fc.tuple(
  fc.nat({ max: 12 }),
  fc.constantFrom('\\\\', '\\n', '\\u00e9', '\\ud83d\\ude00', '😀', '漢é', '\\\\n', 'a\\\\\\u0041', 'plain '),
)

test('a long text has the same value in steps and at once', () => {
  fc.assert(
    fc.property(longBody, spelled, ([shift, unit], end) => {
      const source = scan(
        `"${'x'.repeat(shift)}${unit.repeat(Math.ceil(600_000 / Buffer.byteLength(unit)))}${end}"`,
        limits,
      )
      expect(runAtOnce(stringInSteps(source, source.root)) === stringAt(source, source.root)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('a long text is read and edited in steps of at most 256 KB', async () => {
  const source = scan(`"${'\\n'.repeat(2_000_000)}"`, limits)
  let steps = 0
  const pause = async () => void (steps += 1)
  const text = await runInSlices(stringInSteps(source, source.root), pause)
  expect([text.length, steps]).toEqual([2_000_000, 16])
  const edit = { start: 1_999_990, end: 2_000_000, replacement: 'x' }
  const splices = await runInSlices(spliceTextInSteps(source, source.root, [edit]), pause)
  expect(steps).toBe(31)
  expect(splices).toEqual(spliceText(source, source.root, [edit]))
  expect(splice(source.bytes, splices).length).toBe(source.bytes.length - 19)
})
