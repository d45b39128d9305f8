import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { jsonDigest } from './json-digest.ts'

test.each([
  ['{"a":1,"b":[true,null,"x"]}', ' { "b" : [ true , null , "x" ] ,\n"a" : 1 } '],
  ['{"aé":"/\\n"}', '{"\\u0061\\u00e9":"\\/\\u000a"}'],
  ['{}', '{ }'],
  ['[]', '[\t]'],
  ['"\\ud800"', '"\\uD800"'],
])('%s is %s', (one, other) => {
  expect(jsonDigest(one)).toBe(jsonDigest(other))
  expect(jsonDigest(Buffer.from(one))).toBe(jsonDigest(other))
})

test.each([
  ['{"a":9007199254740992}', '{"a":9007199254740993}'],
  ['{"a":1}', '{"a":1.0}'],
  ['{"a":1}', '{"a":"1"}'],
  ['{"a":1}', '{"a":1,"a":1}'],
  ['{"a":1,"a":2}', '{"a":2,"a":1}'],
  ['[1,2]', '[2,1]'],
  ['[[1],2]', '[[1,2]]'],
  ['{"a":{"b":1}}', '{"a":{},"b":1}'],
  ['{"a":"b,c"}', '{"a":"b","c":""}'],
  ['{"a":null}', '{}'],
  ['"{}"', '{}'],
  ['"\\ud800"', '"\\ufffd"'],
])('%s is not %s', (one, other) => {
  expect(jsonDigest(one)).not.toBe(jsonDigest(other))
})

test('two documents have the same digest exactly if they have the same meaning', () => {
  const document = fc.json({ maxDepth: 3, stringUnit: 'grapheme' })
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === 'object' && value !== null
        ? Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner), 'member'])
        : value
  const meaning = (text: string) => JSON.stringify(sorted(JSON.parse(text)))
  fc.assert(
    fc.property(document, document, (one, other) => {
      expect(jsonDigest(one)).toBe(jsonDigest(JSON.stringify(JSON.parse(one), null, 2)))
      // a number that is written in two ways has two digests
      if (jsonDigest(one) === jsonDigest(other)) expect(meaning(one)).toBe(meaning(other))
    }),
    { seed: 20261130, numRuns: 500 },
  )
})

test('a long document counts byte by byte', () => {
  const long = `{"a":"${'x'.repeat(1_100_000)}"}`
  expect(jsonDigest(long)).toBe(jsonDigest(Buffer.from(long)))
  expect(jsonDigest(long)).not.toBe(jsonDigest(` ${long}`))
})

test('a long text does not need a deep stack', () => {
  expect(jsonDigest(`["${'\\\\n'.repeat(300_000)}"]`)).toHaveLength(64)
})
