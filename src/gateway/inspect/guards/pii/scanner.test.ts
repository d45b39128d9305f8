// One pass finds the same matches as each entity alone. The reference is slow and simple: it tries every
// entity at every position of the text, and then keeps the first of overlapping matches.

import { describe, expect, test } from 'bun:test'
import { array, assert, constantFrom, nat, oneof, property } from 'fast-check'
import { fold } from '../fold.ts'
import { entities, pii } from '../pii.ts'
import type { Entity, GroupEntity, GroupedNumber, RunEntity, SignEntity } from './entity.ts'
import { gapEnd, gapKind, isPlainGap } from './gap.ts'
import { phone } from './phone.ts'

const runs = { numRuns: 3000, seed: Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31)) }
console.log(`scanner seed ${runs.seed}`)

interface Span {
  start: number
  end: number
}

function reference(text: string, from: number): string[] {
  const candidates = entities.flatMap((entity, rank) =>
    alone(entity, text)
      .filter(({ start }) => start >= from)
      .map((span) => ({ ...span, rank, label: `pii/${entity.name}` })),
  )
  candidates.sort((a, b) => a.start - b.start || b.end - a.end || a.rank - b.rank)
  const found: string[] = []
  let end = 0
  for (const candidate of candidates) {
    if (candidate.start < end) continue
    end = candidate.end
    found.push(`${candidate.label} ${candidate.start} ${candidate.end}`)
  }
  return found
}

function alone(entity: Entity, text: string): Span[] {
  if (entity.kind === 'sign') return atEveryPosition(entity, text)
  return entity.kind === 'run' ? atEveryRun(entity, text) : inEveryShape(entity, text)
}

function atEveryPosition(entity: SignEntity, text: string): Span[] {
  const found: Span[] = []
  for (let from = 0; from <= text.length; from += 1)
    entity.find(text, from, (start, end) => {
      if (start === from) found.push({ start, end })
    })
  return found
}

function atEveryRun(entity: RunEntity, text: string): Span[] {
  const found: Span[] = []
  for (const { index, 0: digits } of text.matchAll(/[0-9]+/g))
    entity.read(text, index, index + digits.length, (start, end) => found.push({ start, end }))
  return found
}

function inEveryShape(entity: GroupEntity, text: string): Span[] {
  const groups = [...text.matchAll(/[0-9]+/g)].map(({ index, 0: digits }) => ({
    start: index,
    end: index + digits.length,
    isGroup:
      digits.length <= 19 &&
      ((/(?:^|[^0-9A-Za-z]|\\[nrt])$/.test(text.slice(0, index)) &&
        !/^[0-9A-Za-z]/.test(text.slice(index + digits.length))) ||
        (entities
          .find((each): each is GroupEntity => each.kind === 'groups' && each.isGlued !== undefined)
          ?.isGlued?.(text, index, index + digits.length) ??
          false)),
  }))
  const found: Span[] = []
  for (const first of groups.keys()) {
    for (let last = first; last < Math.min(groups.length, first + 19) && groups[last]?.isGroup; last += 1) {
      if (last > first && !isJoined(text, groups[last - 1]!, groups[last]!)) break
      const chosen = groups.slice(first, last + 1)
      if (isAccepted(entity, text, chosen)) found.push({ start: chosen[0]!.start, end: chosen.at(-1)!.end })
    }
  }
  return found
}

const isJoined = (text: string, left: Span, right: Span): boolean => gapEnd(text, left.end) === right.start

function isAccepted(entity: GroupEntity, text: string, groups: readonly Span[]): boolean {
  const lengths = groups.map(({ start, end }) => end - start)
  const digits = groups.map(({ start, end }) => text.slice(start, end)).join('')
  const shape = lengths
    .map(
      (length, index) =>
        (index === 0 ? '' : gapKind(text, groups[index - 1]!.end, groups[index]!.start)) + String(length),
    )
    .join('')
  const isShape = entity.shapes.includes(shape) && (entity.begins?.includes(Number(digits.charAt(0))) ?? true)
  if (isShape && entity.accepts(numberOf(text, groups, digits, false))) return true
  return (
    groups.length > 1 &&
    lengths.every((length) => length <= 9) &&
    digits.length >= entity.lengths[0] &&
    digits.length <= entity.lengths[1] &&
    (entity.announced?.test(text.slice(Math.max(0, groups[0]!.start - 40), groups[0]!.start).toLowerCase()) ??
      false) &&
    entity.accepts(numberOf(text, groups, digits, true))
  )
}

function numberOf(
  text: string,
  groups: readonly Span[],
  digits: string,
  isAnnounced: boolean,
): GroupedNumber {
  const first = groups[0]!
  const last = groups.at(-1)!
  const gaps = groups.slice(1).map(({ start }, index) => ({ start: groups[index]!.end, end: start }))
  const width = first.end - first.start
  const row = (gap: Span | undefined) => text.slice(gap?.start, gap?.end)
  return {
    digits: Uint8Array.from(digits, Number),
    length: digits.length,
    groups: groups.length,
    isAnnounced,
    isPlain: () => gaps.every(({ start, end }) => isPlainGap(text, start, end)),
    isInTable: () => {
      const before = new RegExp(`(?<![0-9])[0-9]{${width}}$`)
      const after = new RegExp(`^[0-9]{${width}}(?![0-9])`)
      const firstGap = row(gaps[0])
      const lastGap = row(gaps.at(-1))
      return (
        (text.slice(0, first.start).endsWith(firstGap) &&
          before.test(text.slice(0, first.start - firstGap.length))) ||
        (text.startsWith(lastGap, last.end) && after.test(text.slice(last.end + lastGap.length)))
      )
    },
    before: () => text.slice(Math.max(0, first.start - 40), first.start).toLowerCase(),
  }
}

const value = constantFrom(
  'ada@example.com',
  '4111 1111 1111 1111',
  '4111111111111111',
  '3782-822463-10005',
  '4111\t1111\t1111\t1111',
  '4111,  1111\r\n1111_1111',
  '4111</td><td>1111</td><td>1111</td><td>1111',
  'card 41 11 11 11 11 11 11 11',
  'visa4111111111111111exp',
  'DE89 3704 0044 0532 0130 00',
  'GB82 | WEST | 1234 | 5698 | 7654 | 32',
  'IBANDE89370400440532013000',
  '203.0.113.7',
  '2001:db8::8a2e:370:7334',
  '+49 30 123456-78',
  '+44 (0)20 7946 0958',
  '(415) 555-2671',
  '(415-555-2671',
  '1-415-555-2671',
  'Telefon: 030 1234567',
  'phone (030) 1234567',
  '86 095 742 719',
  '44051401359',
  '2 55 08 14 168 025 38',
  '2 55 08 2A 168 025 97',
  '255082A16802597',
  '12345678Z',
  'X-1234567-L',
  'X1234567L',
  'RSSMRA85T10A562S',
  'BSN 111222333',
  '529.982.247-25',
  '9999 4105 7058',
  'NHS 943 476 5919',
  '536-90-4399',
)
const filler = constantFrom(
  ' ',
  '. ',
  '-',
  '.',
  ':',
  '@',
  '(',
  ')',
  '+',
  '/',
  '<',
  '>',
  '"',
  '\n',
  '\\n',
  '\t',
  ' | ',
  '</td><td>',
  '1',
  '12',
  '123',
  '4111',
  '49',
  '2A',
  'DE',
  'X',
  'a',
  'tel',
  'card',
  'version ',
  '::',
  'und so weiter ',
  '秘',
)
const text = array(oneof({ weight: 2, arbitrary: value }, { weight: 3, arbitrary: filler }), {
  maxLength: 16,
}).map((parts) => parts.join(''))
/** Loses a character somewhere, so that most values are nearly right. */
const damaged = oneof(
  text,
  text.chain((whole) => nat({ max: whole.length }).map((at) => whole.slice(0, at) + whole.slice(at + 1))),
)

describe('one pass', () => {
  test('finds the same matches as every entity alone', () => {
    const detector = pii.create({})
    assert(
      property(damaged, nat(), (source, place) => {
        const from = place % 3 === 0 ? place % (source.length + 1) : 0
        const found = detector.find(source, 'text', from)
        if (found instanceof Promise || fold(source).map) throw new Error('expected plain text')
        expect(found.map(({ label, start, end }) => `${label} ${start} ${end}`)).toEqual(
          reference(source, from),
        )
      }),
      runs,
    )
  }, 120_000)
})

/** The forms as expressions, which are simple and slow. */
const forms = [
  /(?<![0-9A-Za-z+])\+[0-9](?:[ \t\n\r.\-/()\u2010-\u2015\u2212]{0,3}[0-9]){7,14}(?![0-9A-Za-z])/y,
  /(?<![0-9A-Za-z.-])(?:1[ .-])?(?:\([2-9][0-9]{2}\)[ \t\n]{0,2}|[2-9][0-9]{2}[.\u2010-\u2015-])[2-9][0-9]{2}[.\- \t\u2010-\u2015][0-9]{4}(?![0-9A-Za-z]|[.-][0-9])/y,
  /(?<![0-9A-Za-z.+-])\(?[0-9](?:[ \t.\-/()\u2010-\u2015\u2212]{0,3}[0-9]){6,13}(?![0-9A-Za-z])/y,
]

test('a phone number is as long as its expression would match', () => {
  const part = constantFrom(
    '+49',
    '+1',
    '(',
    ')',
    ' ',
    '-',
    '.',
    '\n',
    '0',
    '12',
    '415',
    '555',
    '2671',
    'tel: ',
    'a',
  )
  assert(
    property(array(part, { maxLength: 14 }), (parts) => {
      const source = parts.join('')
      for (const { start, end } of atEveryRun(phone, source)) {
        const ends = forms.flatMap((form) => {
          form.lastIndex = start
          return form.test(source) ? [form.lastIndex] : []
        })
        expect(ends).toContain(end)
      }
      for (const { index } of source.matchAll(/(?<![0-9A-Za-z+])\+(?=[0-9])/g)) {
        const form = forms[0]!
        form.lastIndex = index
        const isMatch = form.test(source) && /^\+(?:49|1)/.test(source.slice(index))
        const found = atEveryRun(phone, source).find(({ start }) => start === index)
        expect(found?.end).toBe(isMatch ? form.lastIndex : undefined)
      }
    }),
    runs,
  )
})
