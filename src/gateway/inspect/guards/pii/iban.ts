// IBAN: ISO 13616 lengths by country (SWIFT IBAN registry) and the check of ISO 7064 mod 97-10.

import type { TextEntity } from './entity.ts'
import { isSeparator, longestSeparator } from './groups.ts'

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

/** As many as the longest IBAN has. */
const values = new Uint8Array(34)

/**
 * Reads `length` letters and digits with single spaces or hyphens between them, and after each four of them whatever people and tables put between groups.
 * @returns the end; undefined when they are no IBAN
 */
function endAfter(text: string, begin: number, length: number): number | undefined {
  let at = begin
  for (let count = 0; count < length; ) {
    const value = valueOf(text.charCodeAt(at))
    if (value !== undefined) {
      values[count++] = value
      at += 1
      continue
    }
    const next = gapEnd(text, at, count % 4 === 0)
    if (next === undefined) return undefined
    at = next
  }
  return valueOf(text.charCodeAt(at)) !== undefined || remainder(length) !== 1 ? undefined : at
}

/** Where the next group begins. */
function gapEnd(text: string, at: number, isAfterFour: boolean): number | undefined {
  const code = text.charCodeAt(at)
  if ((code === 32 || code === 45) && valueOf(text.charCodeAt(at + 1)) !== undefined) return at + 1
  if (!isAfterFour) return undefined
  let end = at
  while (end - at < longestSeparator && isSeparator(text.charCodeAt(end))) end += 1
  return end > at ? end : undefined
}

/** Digits are their value, letters 10 to 35 in either case. */
function valueOf(code: number): number | undefined {
  if (code >= 48 && code <= 57) return code - 48
  const letter = code | 32
  return letter >= 97 && letter <= 122 && code < 128 ? letter - 87 : undefined
}

/** Of the number that the characters from the fifth on and then the first four make. */
function remainder(length: number): number {
  let rest = 0
  for (let index = 0; index < length; index += 1) {
    const value = values[(index + 4) % length] ?? 0
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
