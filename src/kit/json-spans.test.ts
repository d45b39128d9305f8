import { describe, expect, test } from 'bun:test'
import { growth } from '../../test/growth.ts'
import fc from 'fast-check'
import { JsonFault } from './json-fault.ts'
import { booleanAt, elements, members, numberAt, scan, stringAt } from './json-spans.ts'
import type { JsonSource, JsonSpan } from './json-spans.ts'

const limits = { maxDepth: 64 }
const runs = { numRuns: 2000 }

/**
 * JSON of any shape, spelled in more ways than JSON.stringify would: spaces, escaped letters, long strings.
 */
const documents = fc
  .tuple(
    fc.jsonValue({ maxDepth: 5 }),
    fc.constantFrom(undefined, 1, '\t', ' \r\n'),
    fc.boolean(),
    fc.nat(80),
  )
  .map(([value, indent, isEscaped, padding]) => {
    const source = JSON.stringify(
      { value, 'long "key" é': 'ä'.repeat(padding) + '\\"\n', list: [value, padding] },
      null,
      indent,
    )
    return isEscaped ? source.replace(/[a-f]/, (letter) => (letter === 'a' ? '\\u0061' : letter)) : source
  })

describe('scan', () => {
  test('accepts exactly what JSON.parse accepts, for documents with a few bytes changed', () => {
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
        '1',
        '-',
        '.',
        'e',
        '+',
        ' ',
        '\n',
        '\x01',
        'u',
        'true',
        'nul',
        'é',
        '\x7f',
      ),
    })
    fc.assert(
      fc.property(documents, fc.array(change, { maxLength: 2 }), (document, changes) => {
        let text = document
        for (const { at, drop, insert } of changes) {
          const index = Math.floor(at * text.length)
          text = text.slice(0, index) + insert + text.slice(index + drop)
        }
        const verdict = verdictOfScan(text)
        // Legal for JSON.parse, but the scanner stops there.
        fc.pre(verdict !== 'duplicate')
        expect(verdict).toBe(verdictOfParse(text))
      }),
      runs,
    )
  })

  test('reads the same values as JSON.parse', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const scanned = scan(document, limits)
        expect(read(scanned, scanned.root)).toEqual(JSON.parse(document))
        const top = [...scanned.members].map(([key, span]) => [key, read(scanned, span)])
        expect(Object.fromEntries(top)).toEqual(JSON.parse(document))
      }),
      runs,
    )
  })

  test.each([
    '0',
    '-0',
    '1e5',
    '1E+05',
    '0.5e-7',
    '"a"',
    'null',
    'true',
    'false',
    '[]',
    '{}',
    ' [ ] ',
    '{"a":[{},[]]}',
    '"\\ud800"',
    '"\\u00e9\\/"',
    '[1,\n2]',
  ])('accepts %s', (text) => {
    expect(verdictOfScan(text)).toBe('valid')
    expect(JSON.parse(text)).toEqual(readAll(text))
  })

  test.each([
    ['', 0],
    ['   ', 3],
    ['nul', 0],
    ['truE', 0],
    ['01', 1],
    ['1.', 2],
    ['.5', 0],
    ['1e', 2],
    ['-', 1],
    ['+1', 0],
    ['NaN', 0],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ['{"a" 1}', 5],
    ['{"a":1}}', 7],
    ['{}{}', 2],
    ['[}', 1],
    ['{"a":[}', 6],
    ['"a', 2],
    [`"${'a'.repeat(80)}`, 81],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    [`"${'a'.repeat(80)}\\u12"`, 81],
    ['"a\nb"', 2],
    [`"${'a'.repeat(80)}\tb"`, 81],
    ['"\x00"', 1],
    ['[\x0b1]', 1],
    ["{'a':1}", 1],
    ['\ufeff{}', 0],
  ])('refuses %j at byte %d', (text, offset) => {
    expect(fault(text)).toMatchObject({ kind: 'syntax', offset })
  })

  test('refuses a repeated top-level key in any spelling', () => {
    expect(fault('{"model":"a","mod\\u0065l":"b"}')).toMatchObject({ kind: 'duplicate', offset: 13 })
    expect(fault('{"model":"a","x":{"y":1,"y":2},"model":1}')).toMatchObject({ kind: 'duplicate' })
  })

  test('treats __proto__ as a key like any other', () => {
    const document = scan('{"__proto__":{"stream":true},"constructor":1}', limits)
    expect([...document.members.keys()]).toEqual(['__proto__', 'constructor'])
    expect(document.members.get('stream')).toBeUndefined()
    expect(fault('{"__proto__":1,"__proto__":2}').kind).toBe('duplicate')
  })

  test('counts depth in containers and reports where it exceeds the limit', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
    expect(verdictOfScan(nested(64))).toBe('valid')
    expect(fault(nested(65))).toMatchObject({ kind: 'depth', offset: 64 })
    expect(fault(`{"a":${nested(64)}}`)).toMatchObject({ kind: 'depth', offset: 68 })
    expect(fault('['.repeat(2_000_000)).kind).toBe('depth')
  })

  test('takes linear time on adversarial texts', async () => {
    const slow = (size: number) => [
      `"${'\\\\'.repeat(size)}"`,
      `[${'"aaaa",'.repeat(size)}1]`,
      `["${'x'.repeat(40)}${'\\"'.repeat(size)}"]`,
      `[${`"${'x'.repeat(40)}",\n`.repeat(size / 10)}1]`,
    ]
    for (const [index] of slow(10).entries()) {
      // eight times the text: linear is 8, quadratic 64
      expect(await growth((size) => scan(slow(size)[index] ?? '', limits), 50_000, 400_000, 24)).toBeLessThan(
        24,
      )
    }
  })
})

describe('members and elements', () => {
  test('give spans in the bytes of the source', () => {
    const text = '{"é":"ü", "list" : [ 1 , "two",{"three":[3]} ]}'
    const document = scan(text, limits)
    const list = document.members.get('list')!
    const spelled = elements(document, list).map((span) =>
      Buffer.from(document.bytes.subarray(span.start, span.end)).toString(),
    )
    expect(spelled).toEqual(['1', '"two"', '{"three":[3]}'])
  })

  test('refuse a repeated key in an object that is read, and ignore unread objects', () => {
    const document = scan('{"a":{"type":"text","b":{"c":1,"c":2},"t\\u0079pe":"image"}}', limits)
    expect(() => members(document, document.members.get('a')!)).toThrow('duplicate key "type" at byte 38')
    const calm = scan('{"a":{"b":{"c":1,"c":2}}}', limits)
    expect([...members(calm, calm.members.get('a')!).keys()]).toEqual(['b'])
  })

  test('keep keys that may be content out of messages', () => {
    expect(fault('{"my secret":1,"my secret":2}').message).toBe('duplicate key at byte 15')
  })
})

function fault(text: string): JsonFault {
  try {
    scan(text, limits)
  } catch (thrown) {
    if (thrown instanceof JsonFault) return thrown
    throw thrown
  }
  throw new Error('no fault')
}

function verdictOfScan(text: string): string {
  try {
    scan(text, { maxDepth: 10_000 })
  } catch (thrown) {
    if (!(thrown instanceof JsonFault)) throw thrown
    return thrown.kind === 'duplicate' ? 'duplicate' : 'invalid'
  }
  return 'valid'
}

function verdictOfParse(text: string): string {
  try {
    JSON.parse(text)
    return 'valid'
  } catch {
    return 'invalid'
  }
}

function readAll(text: string): unknown {
  const document = scan(text, limits)
  return read(document, document.root)
}

/** Everything below a span, by the functions under test. */
function read(source: JsonSource, span: JsonSpan): unknown {
  if (span.kind === 'object')
    return Object.fromEntries([...members(source, span)].map(([key, value]) => [key, read(source, value)]))
  if (span.kind === 'array') return elements(source, span).map((value) => read(source, value))
  if (span.kind === 'string') return stringAt(source, span)
  if (span.kind === 'number') return numberAt(source, span)
  return span.kind === 'boolean' ? booleanAt(source, span) : null
}
