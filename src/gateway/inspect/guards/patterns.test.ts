import { describe, expect, test } from 'bun:test'
import { growth } from '../../../../test/growth.ts'
import { boundsOf } from './patterns/bounds.ts'
import { patterns } from './patterns.ts'

const make = (options: Record<string, unknown>) => patterns.create(patterns.options.parse(options))
function find(options: Record<string, unknown>, text: string): string[] {
  const found = make(options).find(text, 'text', 0)
  if (found instanceof Promise) throw new Error('local')
  return found.map((match) => `${match.label.slice(8)}=${text.slice(match.start, match.end)}`)
}

describe('expressions', () => {
  const host = { patterns: { host: '[a-z0-9-]+\\.corp\\.example' } }

  test('ignore case by default', () => {
    expect(find(host, 'see Wiki.CORP.example and db-1.corp.example')).toEqual([
      'host=Wiki.CORP.example',
      'host=db-1.corp.example',
    ])
    expect(find({ ...host, ignoreCase: false }, 'see wiki.CORP.example')).toEqual([])
  })

  test('see through full-width letters and invisible characters', () => {
    expect(find(host, 'see ｗｉｋｉ.co\u200brp.example!')).toEqual(['host=ｗｉｋｉ.co\u200brp.example'])
  })

  test('know the ends of the text and of words', () => {
    expect(
      find({ patterns: { first: '^top', last: 'end$', word: '\\bcat\\b' } }, 'top cat concat end'),
    ).toEqual(['first=top', 'word=cat', 'last=end'])
    expect(find({ patterns: { first: '^top' } }, 'stop top')).toEqual([])
  })

  test('the leftmost and longest match of all patterns wins, and reading continues after it', () => {
    expect(find({ patterns: { short: 'ab', long: 'abc', other: 'bcd' } }, 'abcd bcd')).toEqual([
      'long=abc',
      'other=bcd',
    ])
  })

  test('a match is at most `reach` long', () => {
    const open = { patterns: { block: 'BEGIN.*?END' }, reach: 16 }
    expect(find(open, 'BEGIN 1234567 END')).toEqual([])
    expect(find(open, 'BEGIN 123456 END')).toEqual(['block=BEGIN 123456 END'])
    expect(find(open, `${'x'.repeat(100)}BEGIN END${'y'.repeat(100)}BEGIN 2 END`)).toEqual([
      'block=BEGIN END',
      'block=BEGIN 2 END',
    ])
  })

  test('hostile expressions on hostile text stay linear, or give up with an error', async () => {
    const texts = ['a', 'ab', 'aaab '].map(
      (unit) => (length: number) => unit.repeat(Math.ceil(length / unit.length)),
    )
    for (const source of ['(a+)+$', 'a*b', '(?:a|aa)+c', 'ab?']) {
      for (const text of texts) {
        const guard = make({ patterns: { hostile: source } })
        const read = (length: number) => {
          try {
            void guard.find(text(length), 'text', 0)
          } catch (error) {
            expect(String(error)).toContain('nearly matches too often')
          }
        }
        expect(await growth(read, 16_384, 131_072, 24)).toBeLessThan(24)
      }
    }
  }, 30_000)

  test('constructs that RE2 does not support are refused with the reason', () => {
    const refused = patterns.options.safeParse({ patterns: { back: '(a)\\1' } })
    expect(refused.success).toBe(false)
    expect(refused.error?.message).toContain('not an RE2 expression')
    expect(patterns.options.safeParse({}).success).toBe(false)
    expect(patterns.options.safeParse({ words: ['x'], unknown: 1 }).success).toBe(false)
  })
})

describe('words', () => {
  test.each([
    ['Project Nightfall leaks', ['words=Nightfall']],
    ['nightfalls', []],
    ['NIGHTFALL!', ['words=NIGHTFALL']],
    ['the blue  heron', ['words=blue  heron']],
    ['the Blue Heron.', ['words=Blue Heron']],
    ['Straße der Ämter, ämter', ['words=Ämter', 'words=ämter']],
    ['Kämter', []],
    ['秘密計画について', ['words=秘密計画']],
    ['ｎｉｇｈｔｆａｌｌ', ['words=ｎｉｇｈｔｆａｌｌ']],
    ['night\u200bfall', ['words=night\u200bfall']],
    ['A\u0308mter', ['words=A\u0308mter']],
    ['blue', []],
  ])('%s', (text, expected) => {
    expect(find({ words: ['nightfall', 'blue heron', 'ämter', '秘密計画'] }, text)).toEqual(expected)
  })

  test('a stream waits only for what may still become a word of the list', () => {
    const guard = make({ words: ['nightfall'] })
    expect(guard.settled('some prose about nigh', 0)).toBe(17)
    expect(guard.settled('some prose about nightfall', 0)).toBe(17)
    expect(guard.settled('some prose about nightfall.', 0)).toBe(27)
    expect(guard.settled('some prose about cats', 0)).toBe(21)
  })
})

test.each<[string, number]>([
  ['abc', 3],
  ['a|bcd', 3],
  ['(?:ab){2,3}c?', 7],
  ['[a-z]{4}\\d', 10],
  ['\\bcat\\b', 3],
  ['(?i)cat', 3],
  ['(?P<n>ab)$', 2],
  ['[[:alpha:]]x', 3],
  ['[]a]x', 3],
  ['a.*b', Number.POSITIVE_INFINITY],
  ['a{2,}', Number.POSITIVE_INFINITY],
  ['\\Qa+b\\E', Number.POSITIVE_INFINITY],
])('the longest match of %s is at most %d', (source, longest) =>
  expect(boundsOf(source).longest).toBe(longest),
)

test.each<[string, readonly string[] | undefined]>([
  ['abc', ['abc']],
  ['[a-z0-9-]+[.]corp[.]Example', ['.corp.example']],
  ['project-[a-z]{4}-secret', ['project-']],
  ['\\bcat\\b', ['cat']],
  ['ab+c', ['ab']],
  ['abc?d', ['ab']],
  ['a{0,3}b', ['b']],
  ['(?:foo|blue) ?b', ['foo', 'blue']],
  ['(?i)cat|dog', ['cat', 'dog']],
  ['(ab)?c', ['c']],
  ['(?:ab){2}c', ['ab']],
  ['BEGIN.*?END', ['begin']],
  ['a|.', undefined],
  ['\\w+', undefined],
  ['[ab]', undefined],
  ['[^.]', undefined],
  ['\\Qa+b\\E', undefined],
])('every match of %s holds %j', (source, required) => expect(boundsOf(source).required).toEqual(required))
