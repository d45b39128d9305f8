// For any cut of a response, the window has the same findings and releases the same characters as a check of
// the whole text.

import { describe, expect, test } from 'bun:test'
import { array, assert, asyncProperty, boolean, constant, constantFrom, nat, oneof } from 'fast-check'
import type { GuardRule } from '../../src/contract/snapshot.ts'
import { bench, guard, nothingInspected } from './harness.ts'
import { done, ping, text, textsOf, toolArguments, whole } from './reply.ts'

const runs = { numRuns: 1500, seed: Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31)) }
console.log(`any-split seed ${runs.seed}`)

const planted = constantFrom(
  'ada@example.com',
  "o'neill+tag@mail.sub.example.co.uk",
  '4111 1111 1111 1111',
  '4111111111111111',
  '3782-822463-10005',
  'DE89 3704 0044 0532 0130 00',
  'DE89\t3704\t0044\t0532\t0130\t00',
  'GB82 | WEST | 1234 | 5698 | 7654 | 32',
  '4111\t1111\t1111\t1111',
  '4111 | 1111 | 1111 | 1111',
  '4111,  1111\r\n1111_1111',
  '3782\n822463\n10005',
  '4̲1̲1̲1̲111111111111',
  'GB82WEST12345698765432',
  'FR14 2004 1010 0505 0001 3M02 606',
  '203.0.113.7',
  '2001:db8::8a2e:370:7334',
  '+49 30 123456-78',
  '+44 (0)20 7946 0958',
  '(415) 555-2671',
  'Telefon: 030 1234567',
  '86 095 742 719',
  '44051401359',
  '2 55 08 14 168 025 38',
  '12345678Z',
  'X-1234567-L',
  'RSSMRA85T10A562S',
  'BSN 111222333',
  '529.982.247-25',
  '9999 4105 7058',
  'NHS 943 476 5919',
  '536-90-4399',
  '４１１１１１１１１１１１１１１１',
  '4111\u200b111111111111',
  'jo\u00adhn＠example.com',
  '4111\t1111\t1111\t1111',
  '4111\r\n1111\r\n1111\r\n1111',
  '4111</td><td>1111</td><td>1111</td>\n<td>1111',
  '4111 | 1111 | 1111 | 1111',
  '4111  1111 1111-1111',
  '4111\\n1111\\n1111\\n1111',
  '4\u03011\u030111111111111111',
  'card 41 11 11 11 11 11 11 11',
  'visa4111111111111111exp',
  'DE89\t3704\t0044\t0532\t0130\t00',
  'DE89 | 3704 | 0044 | 0532 | 0130 | 00',
  'IBANDE89370400440532013000',
  '+49\t30  123456 - 78',
  '1111\t',
  'card: ',
  'wiki.corp.example',
  'ｗｉｋｉ.corp.example',
  'Blue Heron',
  'blue\u200b heron',
  '秘密計画',
  'key-1234',
  `ghp_${'aB3dE5gH7'.repeat(4)}`,
  'AKIAIOSFODNN7EXAMPLE',
  `AccountKey=${'aB3dE5gH7jK'.repeat(7)}aB3dE5gH7==`,
  `sk-ant-a1-${'aB3dE5gH7'.repeat(4)}`,
  `-----BEGIN EC PRIVATE KEY-----\n${'aB3dE5gH7jK9mN1pQ2rS4tU6'.repeat(2)}\n-----END EC PRIVATE KEY-----`,
  '-----BEGIN ',
  'sk-',
  '<EMAIL_1>',
  '<CARD_12>',
  '<EMAIL_9>',
)
const filler = constantFrom(
  ' ',
  ' ',
  ' ',
  '. ',
  ', ',
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
  '_',
  '"',
  '\n',
  '\\',
  '\u200b',
  '\u0301',
  '🎉',
  'é',
  '秘',
  '1',
  '12',
  '4111',
  '49',
  '2A',
  'DE',
  'a',
  'B',
  'the',
  'blue',
  'word',
  'key-',
  'tel',
  'x@',
  '::',
  'EMAIL',
  'é\u0301',
  'und so weiter ',
  '\t',
  '\r\n',
  ' | ',
  '</td><td>',
  '<t',
  '\\n',
  '\u2800',
  '\u2013',
  '\u20e3',
  'card',
  '１',
  '٤',
)
const content = array(oneof({ weight: 2, arbitrary: planted }, { weight: 3, arbitrary: filler }), {
  maxLength: 60,
}).map((parts) => parts.join(''))
/** Cuts at some places, or everywhere. */
const cuts = oneof(
  array(nat(), { maxLength: 40 }),
  constant(Array.from({ length: 2000 }, (_, place) => place)),
)

const house = guard('redact', {
  name: 'house',
  kind: 'patterns',
  options: {
    patterns: { host: '[a-z0-9-]+\\.corp\\.example', key: 'key-\\d{4}\\b', tail: '4 \\w+' },
    words: ['blue heron', '秘密計画', 'the blue'],
    reach: 40,
  },
})
const listed = guard('redact', {
  name: 'listed',
  kind: 'patterns',
  options: { words: ['blue heron', '秘密計画', 'word B'] },
})
const keys = guard('redact', { name: 'keys', kind: 'secrets', options: {} })
/** Guards hold back each other's text, so each guard is also tested alone. */
const rules = constantFrom<GuardRule[][]>(
  [guard('redact')],
  [house],
  [listed],
  [keys],
  [],
  [guard('redact'), house, keys],
  [house, guard('redact'), listed],
)
const vault = new Map([
  ['<EMAIL_1>', 'grace@navy.example'],
  ['<CARD_12>', 'a "quoted"\nvalue'],
])

function split(source: string, at: readonly number[]): string[] {
  const places = [
    ...new Set(at.map((place) => (source.length === 0 ? 0 : place % (source.length + 1)))),
  ].sort((a, b) => a - b)
  return [0, ...places].map((place, index) => source.slice(place, places[index] ?? source.length))
}

async function outcome(
  events: Parameters<ReturnType<typeof bench>['pull']>[0],
  channel: string,
  guards: GuardRule[],
) {
  const run = bench(guards)
  const released = await run.pull(events, nothingInspected(vault))
  return {
    text: textsOf(released)[channel] ?? '',
    findings: run.notes.findings?.response ?? {},
    events: released.length,
  }
}

describe('the window does not depend on where a response is cut', () => {
  test('any cut of a text gives the same findings and the same released text', async () => {
    await assert(
      asyncProperty(content, cuts, rules, async (source, at, guards) => {
        const expected = await outcome([whole(source)], 'choice/0/text whole', guards)
        const parts = split(source, at)
        const events = [
          ...parts.flatMap((part, index) => (index % 3 === 1 ? [ping, text(part)] : [text(part)])),
          done,
        ]
        const streamed = await outcome(events, 'choice/0/text', guards)
        expect({ text: streamed.text, findings: streamed.findings }).toEqual({
          text: expected.text,
          findings: expected.findings,
        })
        expect(streamed.events).toBe(events.length)
      }),
      runs,
    )
  }, 120_000)

  test('any cut of tool arguments gives the same result, and they stay JSON', async () => {
    await assert(
      asyncProperty(content, boolean(), cuts, async (source, isEscaped, at) => {
        const guards = [guard('redact'), listed]
        const json = JSON.stringify({ a: source, n: 4111111111111111, list: [source, -1.5e3] })
        const raw = isEscaped
          ? json.replace(/[<>@]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
          : json
        const expected = await outcome([toolArguments(raw), done], 'choice/0/tool/0', guards)
        const streamed = await outcome(
          [...split(raw, at).map((part) => toolArguments(part)), done],
          'choice/0/tool/0',
          guards,
        )
        expect({ text: streamed.text, findings: streamed.findings }).toEqual({
          text: expected.text,
          findings: expected.findings,
        })
        const read: unknown = JSON.parse(streamed.text)
        expect(read).toHaveProperty('n', '[card]')
        // the findings inside a JSON string are the same as in plain text
        const plain = await outcome([whole(source)], 'choice/0/text whole', guards)
        expect(read).toHaveProperty('a', plain.text)
      }),
      { ...runs, numRuns: 500 },
    )
  }, 120_000)
})
