// Computes how much of a text's end could be, or become, part of personal data. The result is exact enough
// that streamed prose is delayed by about one word.
//
// There are four limited searches back from the end: an address (local part, or local part @ domain), a run
// of numbers with separators, an IBAN whose groups may be letters, and an IP address. The unfinished matches
// of every entity are in one of them: each is an unbroken run of e-mail characters, of digits and separators,
// or of hexadecimal digits and colons, or begins like an IBAN.

import { isDigit } from '../characters.ts'
import { isDomainCharacter, isLocalCharacter, longestDomain, longestLocal } from './email.ts'
import { gapEnd, longestGap } from './gap.ts'
import { longestGroup } from './groups.ts'
import { openIbanStart } from './iban.ts'
import { longestIp } from './ip.ts'
import { mostPhoneMarks, phoneMarks } from './phone.ts'

/**
 * The folded index from which nothing is settled. Cost: at most a few hundred steps, usually the length of
 * the last word.
 */
export function settledBefore(text: string): number {
  return Math.min(addressStart(text), numberStart(text), openIbanStart(text), ipStart(text))
}

function addressStart(text: string): number {
  let at = text.length
  while (at > 0 && text.length - at <= longestDomain && isDomainCharacter(text.charCodeAt(at - 1))) at -= 1
  const end = text.charCodeAt(at - 1) === 64 ? at - 1 : text.length
  let start = end
  while (start > 0 && end - start <= longestLocal && isLocalCharacter(text.charCodeAt(start - 1))) start -= 1
  return start
}

/**
 * Longest number that any entity accepts, and the four digits after it that would make it a row of a table.
 */
const mostDigits = 24

function numberStart(text: string): number {
  let start = text.length
  let digits = 0
  while (digits <= mostDigits) {
    const digit = digitBefore(text, start)
    if (digit === -1) break
    digits += 1
    start = digit
  }
  for (let signs = 0; signs < 2 && start > 0 && isSign(text.charCodeAt(start - 1)); signs += 1) start -= 1
  return start
}

/**
 * The nearest digit before `end`, if only a gap, the marks of a phone number, or a letter of a French number
 * is in between.
 */
function digitBefore(text: string, end: number): number {
  const stop = Math.max(0, end - longestGap - 1)
  for (let at = end - 1; at >= stop; at -= 1) {
    if (!isDigit(text.charCodeAt(at))) continue
    if (at + 1 === end) return at
    const block = blockLength(text, at)
    if (block > longestGroup) return block <= longestPhone && arePhoneMarks(text, at + 1, end) ? at : -1
    if (gapEnd(text, at + 1) >= end || arePhoneMarks(text, at + 1, end)) return at
    // Corsica: `2 69 05 2A 588`
    const isCorsica = text.charAt(at) === '2' && /^[AB]$/i.test(text.charAt(at + 1))
    return isCorsica && (at + 2 >= end || gapEnd(text, at + 2) >= end) ? at : -1
  }
  return -1
}

/**
 * Longer blocks of digits are a whole number, and nothing after a gap belongs to them, except in phone
 * numbers.
 */
function blockLength(text: string, last: number): number {
  let first = last
  while (first > 0 && last - first < longestPhone && isDigit(text.charCodeAt(first - 1))) first -= 1
  return last - first + 1
}

const longestPhone = 15

function arePhoneMarks(text: string, start: number, end: number): boolean {
  if (end - start > mostPhoneMarks) return false
  for (let at = start; at < end; at += 1)
    if (!phoneMarks.includes(text.charAt(at)) && !isSign(text.charCodeAt(at))) return false
  return true
}

/** `(` and `+` may begin a number. */
const isSign = (code: number): boolean => code === 40 || code === 43

function ipStart(text: string): number {
  let start = text.length
  while (start > 0 && text.length - start <= longestIp && isIpCharacter(text.charCodeAt(start - 1)))
    start -= 1
  return start
}

const isIpCharacter = (code: number): boolean =>
  (code >= 48 && code <= 58) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70) || code === 46
