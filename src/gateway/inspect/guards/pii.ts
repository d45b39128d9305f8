// The guard for personal data: e-mail, phone, card, IBAN, IP and national ids, each with its checksum where
// one exists.
//
// Reads the folded text (fold.ts), so that full-width digits and invisible characters hide nothing. Linear:
// candidates come from bounded, unnested patterns or from walks over digit groups, and each is checked once.
// A text without a digit, an `@` or a colon is not read at all.

import { z } from 'zod'
import { type Detector, type GuardKind, type Match, withoutOverlaps } from '../guard.ts'
import { type Folded, fold, foldedIndex, originalEnd, originalStart } from './fold.ts'
import { card } from './pii/card.ts'
import { email } from './pii/email.ts'
import type { DigitEntity, Entity, TextEntity } from './pii/entity.ts'
import { groupFinder } from './pii/groups.ts'
import { iban } from './pii/iban.ts'
import { ipV4, ipV6 } from './pii/ip.ts'
import {
  brazilCpf,
  germanySteuerId,
  indiaAadhaar,
  netherlandsBsn,
  polandPesel,
  ukNhs,
  usSsn,
} from './pii/national-digits.ts'
import { franceNir, italyCodiceFiscale, spainDni } from './pii/national-letters.ts'
import { phone } from './pii/phone.ts'
import { settledBefore } from './pii/tail.ts'

/** Where two entities fit the same span, the earlier in this list names it. */
const entities: readonly Entity[] = [
  email,
  iban,
  card,
  germanySteuerId,
  polandPesel,
  brazilCpf,
  franceNir,
  spainDni,
  italyCodiceFiscale,
  netherlandsBsn,
  indiaAadhaar,
  ukNhs,
  usSsn,
  ipV4,
  ipV6,
  phone,
]

export const piiEntities: readonly string[] = [...new Set(entities.map((entity) => entity.name))]

const options = z.strictObject({
  entities: z
    .array(z.enum(piiEntities))
    .min(1)
    .optional()
    .describe('The entities to look for, for instance `[email, card]`. Default: all.'),
})

type PiiOptions = z.infer<typeof options>

export const pii: GuardKind<PiiOptions> = {
  kind: 'pii',
  options,
  labels: (chosen) => (chosen.entities ?? piiEntities).map((name) => `pii/${name}`),
  create: (chosen) =>
    piiDetector(entities.filter((entity) => chosen.entities?.includes(entity.name) ?? true)),
}

function piiDetector(chosen: readonly Entity[]): Detector {
  const findInGroups = groupFinder(chosen.filter((entity): entity is DigitEntity => entity.kind === 'digits'))
  const texts = chosen.filter((entity): entity is TextEntity => entity.kind === 'text')
  return {
    // 40 for context words, 65 to tell that a local part is too long
    context: 96,
    find(text, _kind, from, folded) {
      if (!worthReading.test(text)) return []
      return findIn(folded?.() ?? fold(text), text.length, from)
    },
    settled(text, _from, folded) {
      const known = folded?.() ?? fold(text)
      return originalStart(known, settledBefore(known.text), text.length)
    },
  }

  function findIn(folded: Folded, length: number, from: number): Match[] {
    const { text } = folded
    const has = { digit: /[0-9]/.test(text), at: text.includes('@'), colon: text.includes(':') }
    if (!has.digit && !has.at) return []
    const begin = foldedIndex(folded, from)
    const candidates: Match[][] = piiEntities.map(() => [])
    const add = ({ name }: Entity, start: number, end: number) =>
      void candidates[ranks.get(name) ?? 0]?.push({
        label: labels[name] ?? name,
        start: originalStart(folded, start, length),
        end: originalEnd(folded, end),
      })
    for (const entity of texts)
      if (has[entity.needs]) entity.find(text, begin, (start, end) => add(entity, start, end))
    if (has.digit) findInGroups(text, begin, add)
    return withoutOverlaps(candidates.flat())
  }
}

// any digit or @ of any script, or an ASCII sign of one
const worthReading = /[0-9@\u{80}-\u{10ffff}]/u

const ranks = new Map(piiEntities.map((name, index) => [name, index]))
const labels: Readonly<Record<string, string>> = Object.fromEntries(
  piiEntities.map((name) => [name, `pii/${name}`]),
)
