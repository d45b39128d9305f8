// IBAN: ISO 13616 lengths by country (SWIFT IBAN registry) and the check of ISO 7064 mod 97-10.

import { isAlphanumeric, isDigit, isLetter, nextDigit } from '../characters.ts'
import type { RunEntity } from './entity.ts'
import { endsEscape, gapEnd, longestGap } from './gap.ts'

export const iban: RunEntity = {
  kind: 'run',
  name: 'iban',
  mayBegin: (length, isAfterLetter) => isAfterLetter && length >= 2,
  read(text, digits, _end, add) {
    const start = digits - 2
    if (!mayBeginAt(text, start)) return
    const end = ibanEnd(text, start)
    if (end === complete) add(start, text.length)
    else if (end >= 0) add(start, end)
  },
}

const none = -1
/** Cut off by the end of the text. */
const open = -2
/** It is complete, and the text ends with it. */
const complete = -3

/**
 * The start of the first IBAN that ends at the end of the text or is cut off there; `text.length` if there is
 * none.
 */
export function openIbanStart(text: string): number {
  const from = Math.max(0, text.length - longest)
  for (let digits = nextDigit(text, from); digits !== -1; digits = nextDigit(text, digits)) {
    const start = digits - 2
    while (isDigit(text.charCodeAt(digits))) digits += 1
    if (start < from || digits - start < 4 || !mayBeginAt(text, start)) continue
    const end = ibanEnd(text, start)
    if (end === open || end === complete) return start
  }
  return text.length
}

/** A country code at the start of a word, or after the word IBAN. Two digits are known to follow. */
function mayBeginAt(text: string, start: number): boolean {
  if (start < 0 || !isLetter(text.charCodeAt(start)) || !isLetter(text.charCodeAt(start + 1))) return false
  const begins =
    start === 0 ||
    !isAlphanumeric(text.charCodeAt(start - 1)) ||
    endsEscape(text, start) ||
    /\bIBAN$/i.test(text.slice(Math.max(0, start - 5), start))
  return begins && lengthAt(text, start) > 0
}

const lengthAt = (text: string, at: number): number =>
  byCountry[country(text.charCodeAt(at), text.charCodeAt(at + 1))]!
const country = (first: number, second: number): number => ((first | 32) - 97) * 26 + (second | 32) - 97

/**
 * Reads as many letters and digits as the country's IBANs have. Single spaces or hyphens may be anywhere, and
 * any gap (gap.ts) between groups of four.
 */
function ibanEnd(text: string, begin: number): number {
  const length = lengthAt(text, begin)
  let count = 0
  let at = begin
  for (;;) {
    if (at >= text.length) return open
    const code = text.charCodeAt(at)
    if (isAlphanumeric(code)) {
      compact[count] = isDigit(code) ? code - 48 : (code | 32) - 87
      count += 1
      at += 1
      if (count === length) break
      continue
    }
    const isSimple =
      (code === 32 || code === 45) && at + 1 < text.length && isAlphanumeric(text.charCodeAt(at + 1))
    const end = isSimple ? at + 1 : gapEnd(text, at)
    if (end >= text.length) return end > at ? open : none
    if (end === at || (!isSimple && count % 4 !== 0) || !isAlphanumeric(text.charCodeAt(end))) return none
    at = end
  }
  if (at >= text.length) return remainder(length) === 1 ? complete : none
  return isAlphanumeric(text.charCodeAt(at)) || remainder(length) !== 1 ? none : at
}

/** Values of the last read characters, ten and more for letters. */
const compact = new Uint8Array(34)

/** ISO 7064 mod 97, the first four characters last. */
function remainder(length: number): number {
  let rest = 0
  for (let index = 0; index < length; index += 1) {
    const value = compact[(index + 4) % length]!
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}

/** Letters and digits, and a gap after each four. */
const longest = 34 + 34 + 8 * longestGap

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

const byCountry = new Uint8Array(26 * 26)
for (const [code, length] of Object.entries(lengths))
  byCountry[country(code.charCodeAt(0), code.charCodeAt(1))] = length
