// IBAN: ISO 13616 lengths by country (SWIFT IBAN registry) and the check of ISO 7064 mod 97-10.

import type { TextEntity } from './entity.ts'

export const iban: TextEntity = {
  kind: 'text',
  name: 'iban',
  needs: 'digit',
  find(text, from, add) {
    start.lastIndex = from
    for (let match = start.exec(text); match; match = start.exec(text)) {
      const length = lengths[match[0].slice(0, 2).toUpperCase()]
      const end = length === undefined ? undefined : endAfter(text, match.index, length)
      if (end !== undefined) add(match.index, end)
    }
  },
}

const start = /(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}/g
const isAlphanumeric = (character: string): boolean => /^[0-9A-Za-z]$/.test(character)

/** Reads `length` letters and digits, single spaces or hyphens between them; undefined when they are no IBAN. */
function endAfter(text: string, begin: number, length: number): number | undefined {
  let compact = ''
  let at = begin
  for (; compact.length < length; at += 1) {
    const character = text.charAt(at)
    if (isAlphanumeric(character)) compact += character
    else if ((character !== ' ' && character !== '-') || !isAlphanumeric(text.charAt(at + 1))) return undefined
  }
  return isAlphanumeric(text.charAt(at)) || remainder(compact.toUpperCase()) !== 1 ? undefined : at
}

function remainder(compact: string): number {
  let rest = 0
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}

const lengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 ' +
    'GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 ' +
    'MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 ' +
    'TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((row) => [row.slice(0, 2), Number(row.slice(2))]),
)
