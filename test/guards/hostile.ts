// Texts that make guards work, and what all built-in guards need for them.

import type { Detector } from '../../src/gateway/inspect/guard.ts'
import { guardKinds } from '../../src/gateway/inspect/guards/index.ts'

const megabyte = 1_000_000

const times = (part: string, length = megabyte): string => part.repeat(Math.ceil(length / Buffer.byteLength(part)))

/** Each of about one MB as UTF-8. */
export function hostileTexts(length = megabyte): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {
    prose: 'The quick brown fox jumps over the lazy dog, and then it writes a report on 12 pages about what it saw there. ',
    'prose with accents': 'Où est passé l’été ? Je ne sais pas, mais à Orléans il y a déjà des cœurs brisés et des forêts. ',
    'source code': 'export const sum = (items: readonly number[]): number => items.reduce((all, each) => all + each * 1024, 0) // 3.14\n',
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
  }
  return Object.fromEntries(Object.entries(texts).map(([name, part]) => [name, times(part, length)]))
}

/** Every built-in guard with everything on. */
export function guardsOf(): readonly Detector[] {
  const settings: Readonly<Record<string, object>> = {
    patterns: { patterns: { host: '[a-z0-9-]+[.]corp[.]example', key: 'AKIA[A-Z0-9]{16}' }, words: ['project bluebird', 'confidential', 'projects'] },
    pii: {},
  }
  return guardKinds.map((kind) => kind.create(kind.options.parse(settings[kind.kind] ?? {})))
}

/** CPU in milliseconds that the guards need for a text, per MB of its UTF-8. */
export function cpuPerMegabyte(guards: readonly Detector[], text: string): number {
  const before = process.cpuUsage()
  for (const guard of guards) void guard.find(text, 'text', 0)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / 1000) * (megabyte / Buffer.byteLength(text))
}
