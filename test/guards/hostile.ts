// Texts that are hard for guards, and the CPU time of all built-in guards for them.

import type { Detector } from '../../src/gateway/inspect/guard.ts'
import { foldOnce } from '../../src/gateway/inspect/guards/fold.ts'
import { guardKinds } from '../../src/gateway/inspect/guards/index.ts'

const megabyte = 1_000_000

const times = (part: string, length = megabyte): string =>
  part.repeat(Math.ceil(length / Buffer.byteLength(part)))

/** Each text has about one MB as UTF-8. */
export function hostileTexts(length = megabyte): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {
    prose:
      'The quick brown fox jumps over the lazy dog, and then it writes a report on 12 pages about what it saw there. ',
    'prose with accents':
      'Où est passé l’été ? Je ne sais pas, mais à Orléans il y a déjà des cœurs brisés et des forêts. ',
    'source code':
      'export const sum = (items: readonly number[]): number => items.reduce((all, each) => all + each * 1024, 0) // 3.14\n',
    'table of numbers': '2026-11-30\t12:00:05\t1024\t17.5\t99231\t0.25\n',
    'Arabic-Indic digits': '٤',
    'full-width digits': '４１１１ ',
    'mathematical digits': '𝟜𝟙𝟙𝟙 ',
    'ligature U+FDFA': 'ﷺ',
    'ligatures of letters': 'ﬃﬄﬁ',
    emoji: '😀👍🏽👩‍👩‍👧‍👦❤️',
    'invisible characters': '4\u200b1\u2060\u00ad',
    'combining marks': 'a\u0301\u0323\u0302',
    'piled marks': `a${'\u0301\u0323'.repeat(40)}`,
    'decomposed Korean': '한국어'.normalize('NFD'),
    'near-cards': '4111 1111 1111 1112 ',
    'near-cards in columns': '4111\t1111\t1111\t1112\n',
    'one run of digits': '4',
    'digits and separators': '4 1-1.1/1 ',
    'two digits and separators': '41 11-',
    'near-IBANs': 'DE88 3704 0044 0532 0130 00 ',
    'letters and digits': 'de8a3c04b0d4e0f2 ',
    'at signs': 'a@',
    'near-addresses': `${'a'.repeat(60)}@${'b'.repeat(60)} `,
    'dots after at': 'a@b.c.d.e.f.g.h.',
    colons: '1:2:3:4:5:6:7:8:',
    'hexadecimal and colons': 'fe80::1:',
    'near-phones': '+49 30 (0) 1-2 ',
    'plus signs': '+1',
    'national ids': '1 85 05 78 006 084 36 ',
    'words of the list': 'project bluebird projec projects ',
    'Chinese prose': '我们在昨天的会议上讨论了这个问题，大家认为需要更多的时间。',
    'Arabic prose': 'كان الثعلب البني السريع يقفز فوق الكلب الكسول في عام ٢٠٢٤ ولم يره أحد. ',
    'Hindi prose': 'तेज़ भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है और किसी ने नहीं देखा। ',
    'Korean prose, decomposed': '빠른 갈색 여우가 게으른 개를 뛰어넘는다. '.normalize('NFD'),
    'Arabic-Indic near-cards': '٤١١١ ١١١١ ١١١١ ١١١٢ ',
    'one ligature': '\ufdfa',
    'Latin ligatures': 'ﬁﬂﬃ',
    'emoji families': '👨‍👩‍👧‍👦',
    keycaps: '4️⃣',
    'near-cards in one block': '4111111111111112 ',
    'near-cards in cells': '4111\t1111\t1111\t1112\n',
    'near-cards in pairs': '41 11 11 11 11 11 11 12 ',
    cards: '4111 1111 1111 1111 ',
    'IBAN beginnings': 'DE89 ',
    'near-emails': 'a@',
    emails: 'ada@example.com ',
    'address characters': 'a.',
    'long local parts': `${'x'.repeat(70)}@example.com `,
    'digit runs': '1',
    'single digits': '1 ',
    'digit groups': '1234 ',
    'zeros in pairs': '00 ',
    'separators after digits': '1          ',
    'table cells': '1 | ',
    'HTML cells': '<td>41</td>',
    'combining marks on digits': '4\u0301',
    'only invisible characters': '\u200b',
    'hexadecimal colons': 'ab1:',
    'phone beginnings': '+49(0)',
    'area codes': '(415) 555-',
    'context words': 'tel 00 00 00 ',
    'French ids': '2 55 08 ',
    'near-words': 'nightfal blue hero ',
    'near-hosts': 'wiki.corp.exampl ',
    'lone surrogates': '\ud83c',
    Base64: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ',
    JSON: '{"id":1234,"name":"value","list":[1,2,3.5e7],"at":"2024-11-23T10:15:00Z"},',
  }
  return Object.fromEntries(Object.entries(texts).map(([name, part]) => [name, times(part, length)]))
}

/** Every built-in guard with all options enabled. */
export function guardsOf(): readonly Detector[] {
  const settings: Readonly<Record<string, object>> = {
    patterns: {
      patterns: { host: '[a-z0-9-]+[.]corp[.]example', key: 'AKIA[A-Z0-9]{16}' },
      words: ['project bluebird', 'confidential', 'projects'],
    },
    pii: {},
  }
  return guardKinds.map((kind) => kind.create(kind.options.parse(settings[kind.kind] ?? {})))
}

/** CPU milliseconds of the guards for a text, per MB of UTF-8. */
export function cpuPerMegabyte(guards: readonly Detector[], text: string): number {
  const before = process.cpuUsage()
  const folded = foldOnce(text)
  for (const guard of guards) void guard.find(text, 'text', 0, folded)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / 1000) * (megabyte / Buffer.byteLength(text))
}
