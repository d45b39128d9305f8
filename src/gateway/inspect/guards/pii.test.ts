import { describe, expect, test } from 'bun:test'
import { growth } from '../../../../test/growth.ts'
import { pii, piiEntities } from './pii.ts'

const detector = pii.create({})
const find = (text: string) => [...labeled(text)]
function* labeled(text: string): Generator<string> {
  const found = detector.find(text, 'text', 0)
  if (found instanceof Promise) throw new Error('local')
  for (const match of found) yield `${match.label.slice(4)}=${text.slice(match.start, match.end)}`
}

const positive: [entity: string, value: string, around?: (value: string) => string][] = [
  ['email', 'ada@example.com'],
  ['email', "o'neill+tag@mail.sub.example.co.uk"],
  ['email', 'jérôme@exämple.fr'],
  ['card', '4111111111111111'],
  ['card', '4111 1111 1111 1111'],
  ['card', '4111-1111-1111-1111'],
  ['card', '4222222222222'],
  ['card', '5555555555554444'],
  ['card', '3782 822463 10005'],
  ['card', '6011111111111117'],
  ['card', '30569309025904'],
  ['card', '3530111333300000'],
  ['iban', 'DE89 3704 0044 0532 0130 00'],
  ['iban', 'GB82WEST12345698765432'],
  ['iban', 'gb82 west 1234 5698 7654 32'],
  ['iban', 'FR14 2004 1010 0505 0001 3M02 606'],
  ['iban', 'NO9386011117947'],
  ['ip', '203.0.113.7'],
  ['ip', '2001:db8::8a2e:370:7334'],
  ['ip', '2001:0db8:0000:0000:0000:8a2e:0370:7334'],
  ['ip', '::ffff:203.0.113.7'],
  ['phone', '+49 30 123456-78'],
  ['phone', '+14155552671'],
  ['phone', '+44 (0)20 7946 0958'],
  ['phone', '(415) 555-2671'],
  ['phone', '415-555-2671'],
  ['phone', '030 1234567', (value) => `Telefon: ${value}.`],
  ['phone', '06 12 34 56 78', (value) => `mon portable est ${value}`],
  ['germany-steuer-id', '86095742719'],
  ['germany-steuer-id', '86 095 742 719'],
  ['poland-pesel', '44051401359'],
  ['france-nir', '2 55 08 14 168 025 38'],
  ['france-nir', '255081416802538'],
  ['spain-dni', '12345678Z'],
  ['spain-dni', 'X-1234567-L'],
  ['italy-codice-fiscale', 'RSSMRA85T10A562S'],
  ['netherlands-bsn', '111222333', (value) => `BSN ${value}`],
  ['brazil-cpf', '529.982.247-25'],
  ['india-aadhaar', '9999 4105 7058'],
  ['uk-nhs', '943 476 5919', (value) => `NHS number ${value}`],
  ['us-ssn', '536-90-4399'],
]

describe('personal data is found', () => {
  for (const [entity, value, around = (inner: string) => `It is ${inner}, they said.`] of positive) {
    test(`${entity}: ${value}`, () => expect(find(around(value))).toEqual([`${entity}=${value}`]))
  }

  test('every entity has a sample', () => {
    expect([...new Set(positive.map(([entity]) => entity))].sort()).toEqual([...piiEntities].sort())
  })

  test('next to letters of a script without spaces', () => {
    expect(find('请联系john@example.com谢谢')).toEqual(['email=john@example.com'])
    expect(find('卡号4111111111111111。')).toEqual(['card=4111111111111111'])
  })

  test('several in one text, in order', () => {
    expect(find('a@b.co, 4111111111111111; +49 30 12345678')).toEqual([
      'email=a@b.co',
      'card=4111111111111111',
      'phone=+49 30 12345678',
    ])
  })
})

const negative: string[] = [
  'not@home',
  '@example.com',
  'a@b.c',
  `${'x'.repeat(65)}@example.com`,
  '4111 1111 1111 1112',
  '4111 111 1-1111 1111',
  '4111\t1111\t1111\t1112',
  'total 4111, 1111 of 1111 and 1111',
  'DE89\t3704\t0044\t0532\t0130\t01',
  '2019\t2020\t2021\t2022',
  '1920x1080 1280x1024',
  '12,500,000.00 and 4,111,111,111,111,111',
  '2019\t4111\t1111\t1111\t1111\t2024',
  '4111\n1111\n1111\n1111\n1234',
  '| 4111 | 1111 | 1111 | 1111 | 2024 |',
  '[4111, 1111, 1111, 1111, 2048]',
  '41 11 11 11 11 11 11 11',
  '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1',
  '4,111,111,111,111,111',
  '2024-11-23T10:15:00.123456Z',
  '2024-11-23 10:15:00\t2024-11-24 10:15:00',
  'order 4111-2024-1111-2025',
  'd41d8cd98f00b204e9800998ecf8427e',
  'x4111111111111111',
  '4111111111111111f',
  'DE89\t3704\t0044\t0532\t0130\t01',
  '9111111111111111',
  '0000000000000000',
  'abc4111111111111111',
  'DE89 3704 0044 0532 0130 01',
  'XX89 3704 0044 0532 0130 00',
  'DE89 3704 0044 0532 0130 000',
  '256.1.1.1',
  '127.0.0.1',
  'version 1.2.3.4',
  'v1.2.3.4',
  '1.2.3.4.5',
  '::1',
  '12:30:45',
  'std::vector and Foo::Bar',
  '2001:db8::8a2e::7334',
  '+999 123 4567',
  '030 1234567',
  'order 2024-11-23 10:15',
  '86095742718',
  '11111111111',
  '44051401358',
  '2 55 08 14 168 025 39',
  '12345678A',
  'X1234567M',
  'RSSMRA85T10A562T',
  '111222333',
  'BSN 111222334',
  '529.982.247-26',
  '111.111.111-11',
  '9999 4105 7059',
  '999941057058',
  'NHS number 943 476 5918',
  '666-90-4399',
  'In 1984, 12,500 people paid 3.50 each; pi is 3.14159265358979.',
]

describe('separators of people and tables do not hide numbers', () => {
  const groups = ['4111', '1111', '1111', '1111']
  const ibans = ['DE89', '3704', '0044', '0532', '0130', '00']
  for (const gap of [
    '\t',
    '\n',
    '\r\n',
    '  ',
    '   ',
    ' | ',
    '|',
    ' - ',
    '_',
    ',',
    ', ',
    '/',
    '.',
    ' \n ',
    '\u2003',
    '\u2800',
    '\u2028',
    '\u00a0\u00a0',
    '—',
    ';',
    ' : ',
  ]) {
    test(`${JSON.stringify(gap)} in a card`, () =>
      expect(find(`pay ${groups.join(gap)} now`)).toEqual([`card=${groups.join(gap)}`]))
    test(`${JSON.stringify(gap)} in an IBAN`, () =>
      expect(find(`to ${ibans.join(gap)} now`)).toEqual([`iban=${ibans.join(gap)}`]))
  }
  test('different ones in one number', () => {
    expect(find('4111 1111-1111\t1111')).toEqual(['card=4111 1111-1111\t1111'])
    expect(find('3782\t822463\n10005')).toEqual(['card=3782\t822463\n10005'])
  })
  test('a row of a table', () =>
    expect(find('| Ann | 4111 | 1111 | 1111 | 1111 | 12/27 |')).toEqual(['card=4111 | 1111 | 1111 | 1111']))
  test('marks on digits, and characters that only format', () => {
    const marked = Array.from('4111111111111111', (digit) => `${digit}\u0332`).join('')
    expect(find(`is ${marked} ok`)).toEqual([`card=${marked}`])
    expect(find('is 4111\ufff9111111111111 ok')).toEqual(['card=4111\ufff9111111111111'])
  })
})

describe('text that only looks like personal data is ignored', () => {
  for (const text of negative) test(text, () => expect(find(`${text} `)).toEqual([]))
})

describe('Unicode tricks do not hide data, and positions refer to the original', () => {
  test('full-width digits', () =>
    expect(find('is ４１１１１１１１１１１１１１１１ ok')).toEqual(['card=４１１１１１１１１１１１１１１１']))
  test('zero-width characters', () =>
    expect(find('is 4111\u200b1111\u200d11111111, ok')).toEqual(['card=4111\u200b1111\u200d11111111']))
  test('soft hyphens in an address', () =>
    expect(find('to jo\u00adhn@exam\u2060ple.com!')).toEqual(['email=jo\u00adhn@exam\u2060ple.com']))
  test('a full-width @', () => expect(find('to john＠example．com!')).toEqual(['email=john＠example．com']))
  test('Arabic-Indic digits', () =>
    expect(find('رقم ٤١١١ ١١١١ ١١١١ ١١١١ .')).toEqual(['card=٤١١١ ١١١١ ١١١١ ١١١١']))
  test('no-break spaces and en dashes', () => {
    expect(find('4111\u00a01111\u00a01111\u00a01111')).toEqual(['card=4111\u00a01111\u00a01111\u00a01111'])
    expect(find('4111–1111–1111–1111')).toEqual(['card=4111–1111–1111–1111'])
  })
  test('mathematical digits, two units each', () => {
    const card = Array.from('4111111111111111', (digit) =>
      String.fromCodePoint(0x1d7ce + Number(digit)),
    ).join('')
    expect(find(`🎉 ${card} 🎉`)).toEqual([`card=${card}`])
  })
})

const gaps: readonly string[] = [
  '\t',
  '\n',
  '\r\n',
  '  ',
  '\u00a0',
  '\u2003',
  '\u202f',
  '\u3000',
  '\u1680',
  '\u2028',
  ' | ',
  '|',
  '</td><td>',
  '</td>\n  <td>',
  '\\n',
  '\\t',
  '\u2010',
  '\u2013',
  '\u2014',
  '\u2212',
  ' - ',
  ' \u2013 ',
  '.',
  ' . ',
  '_',
  ',',
  ', ',
  '/',
  ';',
  '\u00b7',
  '\u2800',
  '\ufff9',
  '\u0301',
  '\u200b',
  '\u2060 ',
  '\n\n',
]

describe('no natural gap hides a number', () => {
  for (const gap of gaps) {
    const name = JSON.stringify(gap)
    test(`a card with ${name}`, () => {
      for (const groups of [
        ['4111', '1111', '1111', '1111'],
        ['3782', '822463', '10005'],
      ]) {
        const value = groups.join(gap)
        expect(find(`It is ${value} today.`)).toEqual([`card=${value}`])
      }
    })
    test(`an IBAN with ${name}`, () => {
      const value = ['DE89', '3704', '0044', '0532', '0130', '00'].join(gap)
      expect(find(`It is ${value} today.`)).toEqual([`iban=${value}`])
    })
  }

  test('gaps of different kinds in one number', () => {
    for (const value of ['4111 1111-1111 1111', '4111.1111/1111\t1111', '4111-1111  1111_1111'])
      expect(find(`It is ${value} today.`)).toEqual([`card=${value}`])
  })

  test('rows of a pasted table', () => {
    expect(find('name\tcard\nAda\t4111\t1111\t1111\t1111\nBob\t5555\t5555\t5555\t4444\n')).toEqual([
      'card=4111\t1111\t1111\t1111',
      'card=5555\t5555\t5555\t4444',
    ])
  })

  test('any groups after a context word', () => {
    for (const value of ['41 11 11 11 11 11 11 11', '4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1', '41111 11111 111111'])
      expect(find(`card: ${value}, exp. 05/27`)).toEqual([`card=${value}`])
  })

  test('words that touch it, and escapes in strings', () => {
    expect(find('Visa4111111111111111exp0527')).toEqual(['card=4111111111111111'])
    expect(find('"a\\n4111111111111111\\nb"')).toEqual(['card=4111111111111111'])
    expect(find('IBANDE89370400440532013000 ')).toEqual(['iban=DE89370400440532013000'])
  })

  test('phone numbers', () => {
    for (const value of [
      '+49\t30\t12345678',
      '+49  30  12345678',
      '+49\u00a030\u00a012345678',
      '+49 \u2013 30 \u2013 12345678',
    ])
      expect(find(`It is ${value} today.`)).toEqual([`phone=${value}`])
  })

  test('marks on digits, and key caps', () => {
    const marked = Array.from('4111111111111111', (digit) => `${digit}\u0301`).join('')
    expect(find(`It is ${marked}.`)).toEqual([`card=${marked}`])
    const keycaps = Array.from('4111111111111111', (digit) => `${digit}\ufe0f\u20e3`).join('')
    expect(find(`It is ${keycaps}.`)).toEqual([`card=${keycaps}`])
  })
})

test('tables of small numbers contain no cards', () => {
  // a generator of pseudo-random numbers (Park and Miller), so that every run sees the same tables
  let state = 7
  const next = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
  const tables = ['\t', '\n', ', ', ' | '].map((gap) =>
    Array.from({ length: 4000 }, () => 1000 + next(9000)).join(gap),
  )
  const pairs = Array.from({ length: 4000 }, () => 10 + next(90)).join('\t')
  for (const table of [...tables, pairs])
    expect(find(`x ${table} x`).filter((found) => found.startsWith('card'))).toEqual([])
})

test('only chosen entities are looked for', () => {
  const some = pii.create({ entities: ['card'] })
  expect(some.find('a@b.co 4111111111111111', 'text', 0)).toEqual([{ label: 'pii/card', start: 7, end: 23 }])
  expect(pii.labels({ entities: ['card'] })).toEqual(['pii/card'])
  expect(pii.options.safeParse({ entities: ['cards'] }).success).toBe(false)
})

test('prose settles up to its last word', () => {
  expect(detector.settled('The quick brown fox', 0)).toBe(16)
  expect(detector.settled('Call me, ', 0)).toBe(9)
  expect(detector.settled('my card 4111 1111 ', 0)).toBe(8)
  expect(detector.settled('mail john@exam', 0)).toBe(5)
})

describe('time is linear in the text, whatever it is made of', () => {
  const hostile: Record<string, string> = {
    digits: '1',
    'digit groups': '1 ',
    'zeros in pairs': '00 ',
    'context words': 'tel 00 00 00 ',
    'card beginnings': '4111 ',
    ats: 'a@',
    'address characters': 'a.',
    'iban beginnings': 'DE89 ',
    colons: '1:',
    'phone beginnings': '+49(0)',
    'area codes': '(415) 555-',
    'nir beginnings': '2 55 08 ',
    'letters and zero-width': 'a\u200b1',
  }
  for (const [name, unit] of Object.entries(hostile)) {
    test(name, async () => {
      // eight times the text: linear is 8, quadratic 64
      const read = (size: number) => detector.find(unit.repeat(Math.ceil(size / unit.length)), 'text', 0)
      expect(await growth(read, 65_536, 524_288, 24)).toBeLessThan(24)
    })
  }
})
