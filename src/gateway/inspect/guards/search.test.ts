// Text that searchers skip contains no match. The references skip nothing.

import { expect, test } from 'bun:test'
import { array, assert, constantFrom, property } from 'fast-check'
import { RE2JS } from 're2js'
import { createExpressionSearcher } from './patterns/expression.ts'
import { createWordSearcher } from './patterns/words.ts'
import type { Searcher } from './search.ts'
import { secrets } from './secrets.ts'

const runs = { numRuns: 2000, seed: Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31)) }
console.log(`search seed ${runs.seed}`)

function allOf({ next }: Searcher, text: string): string[] {
  const found: string[] = []
  for (let span = next(text, 0); span; span = next(text, span.end)) found.push(`${span.start} ${span.end}`)
  return found
}

const textOf = (...parts: string[]) =>
  array(constantFrom(...parts), { maxLength: 24 }).map((chosen) => chosen.join(''))

test('expressions match what RE2 alone matches', () => {
  const sources = [
    '[a-z0-9-]{1,20}[.]corp[.]example',
    'project-[a-z]{4}-secret',
    '(?:foo|blue) ?b',
    'k(?:ey)?-\\d{1,4}\\b',
    '\\bcat\\b|dog$',
    's{2}x?k',
    'sk',
    '(?:corp)?-\\d',
    'z{0,3}ab?c',
    'a.b|^c',
  ]
  const text = textOf(
    'wiki.',
    'corp',
    '.',
    'example',
    'project-',
    'abcd',
    '-secret',
    'PROJECT-',
    'foo',
    'blue',
    ' ',
    'b',
    'key-',
    'KEY-',
    '12',
    '345',
    'cat',
    'dog',
    's',
    'ss',
    'ſ',
    'K',
    'k',
    'K',
    'x',
    'a',
    'c',
    'é',
    '\n',
    'z'.repeat(40),
  )
  for (const ignoresCase of [true, false]) {
    const both = sources.map((source) => ({
      searcher: createExpressionSearcher('', source, { ignoresCase, reach: 64 }),
      compiled: RE2JS.compile(source, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0),
    }))
    assert(
      property(text, (whole) => {
        for (const { searcher, compiled } of both) {
          const found: string[] = []
          const matcher = compiled.matcher(whole)
          for (let at = 0; at < whole.length && matcher.find(at); at = matcher.end())
            found.push(`${matcher.start()} ${matcher.end()}`)
          expect(allOf(searcher, whole)).toEqual(found)
        }
      }),
      runs,
    )
  }
}, 60_000)

test('words are found as a search at every place finds them', () => {
  const list = ['blue heron', 'blue', 'projects', 'a', 'Ämter', '秘密', 'x ray', '7up']
  const searcher = createWordSearcher('', list)
  const text = textOf(
    'blue',
    'Blue',
    ' ',
    '  ',
    '\n',
    'heron',
    'HERON',
    'projects',
    'project',
    's',
    'a',
    'A',
    'ämter',
    'Ä',
    '秘密',
    '秘',
    'x',
    'ray',
    '7',
    'up',
    '.',
    '_',
    '-',
    'é',
    '🎉',
    'K',
    'İ',
  )
  assert(
    property(text, (whole) => expect(allOf(searcher, whole)).toEqual(wordsAt(list, whole))),
    runs,
  )
})

function wordsAt(list: readonly string[], text: string): string[] {
  const found: string[] = []
  for (let start = 0; start < text.length; start += 1) {
    if (!isEdge(text, start)) continue
    const ends = list.flatMap((word) => {
      const pattern = new RegExp(word.replaceAll(' ', '\\s{1,16}'), 'iy')
      pattern.lastIndex = start
      return pattern.test(text) && isEdge(text, pattern.lastIndex) ? [pattern.lastIndex] : []
    })
    if (ends.length === 0) continue
    const end = Math.max(...ends)
    found.push(`${start} ${end}`)
    start = end - 1
  }
  return found
}

function isEdge(text: string, at: number): boolean {
  const isInWord = (character: string) => /[\p{L}\p{N}\p{M}_\ud800-\udfff]/u.test(character)
  const left = text.charAt(at - 1)
  const right = text.charAt(at)
  return !isInWord(left) || !isInWord(right) || /\p{Script=Han}/u.test(left + right)
}

test('credentials are found whether or not the text has a long run of characters elsewhere', () => {
  const detector = secrets.create({})
  const text = textOf(
    'AKIA',
    'ASIA',
    'IOSFODNN7EXAMPLE',
    'ghp_',
    'aB3dE5gH7'.repeat(4),
    'aB3dE5gH7jK',
    '\n',
    ' ',
    '"',
    '=',
    'AccountKey',
    'sig=',
    'sk-',
    'sk-ant-',
    'ya29.',
    'xoxb-',
    'AIza',
    'GOCSPX-',
    '-----BEGIN ',
    'PRIVATE KEY-----',
    '-----END ',
    'hooks.slack.com/services/',
    '%',
    '+',
    '/',
    '_',
    '-',
    '.',
    'the',
  )
  const find = (source: string) => {
    const found = detector.find(source, 'text', 0)
    if (found instanceof Promise) throw new Error('local')
    return found.map(({ label, start, end }) => `${label} ${start} ${end}`)
  }
  assert(
    property(text, (whole) =>
      // the rest is long enough to be searched, and is not a credential
      expect(find(`${whole} § `)).toEqual(find(`${whole} § ${'z'.repeat(80)}`)),
    ),
    runs,
  )
})
