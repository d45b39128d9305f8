// The guard for personal data: e-mail, phone, card, IBAN, IP and national ids, each with its checksum if it
// has one.
//
// Reads the folded text (fold.ts), so full-width digits and invisible characters cannot hide a match. One
// search finds the runs of digits and passes each to the entities that could begin there (pii/scanner.ts).

import { z } from 'zod'
import type { Detector, GuardKind } from '../guard.ts'
import { fold, originalStart } from './fold.ts'
import { card } from './pii/card.ts'
import { email } from './pii/email.ts'
import type { Entity } from './pii/entity.ts'
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
import { Scanner } from './pii/scanner.ts'
import { settledBefore } from './pii/tail.ts'

/** If two entities match the same span, the earlier one in this list gives the label. */
export const entities: readonly Entity[] = [
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
    createDetector(entities.filter((entity) => chosen.entities?.includes(entity.name) ?? true)),
}

function createDetector(chosen: readonly Entity[]): Detector {
  const scanner = new Scanner(chosen)
  return {
    // 40 for context words, 65 to detect that a local part is too long
    context: 96,
    find: (text, _kind, from, folded) => scanner.find(folded?.() ?? fold(text), text.length, from),
    settled(text, _from, folded) {
      const known = folded?.() ?? fold(text)
      return originalStart(known, settledBefore(known.text), text.length)
    },
  }
}
