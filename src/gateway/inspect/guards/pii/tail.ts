// How much of a text's end could still be, or become, part of personal data. Exact enough that prose flows a word behind.
//
// Four looks back from the end, each bounded: an address (local part, or local part @ domain), a run of numbers with separators, an IBAN
// whose groups may be letters, and an IP address. Whatever entity is looked for, its unfinished matches lie in one of them: all of them are
// unbroken runs of e-mail characters, of digits and separators, of hexadecimal digits and colons, or begin like an IBAN.

import { isDomainCharacter, isLocalCharacter, longestDomain, longestLocal } from './email.ts'
import { longestSeparator, separators } from './groups.ts'
import { longestIp } from './ip.ts'

/** The folded index from which on nothing is settled. Cost: at most a few hundred steps, usually the length of the last word. */
export function settledBefore(text: string): number {
  return Math.min(addressStart(text), numberStart(text), ibanStart(text), ipStart(text))
}

function addressStart(text: string): number {
  let at = text.length
  while (at > 0 && text.length - at <= longestDomain && isDomainCharacter(text.charCodeAt(at - 1))) at -= 1
  const end = text.charCodeAt(at - 1) === 64 ? at - 1 : text.length
  let start = end
  while (start > 0 && end - start <= longestLocal && isLocalCharacter(text.charCodeAt(start - 1))) start -= 1
  return start
}

/** Longest number with separators that any entity accepts: nineteen digits of a card in five groups. Fifteen of a phone with two marks each are shorter. */
const longestNumber = 19 + 4 * longestSeparator

/** Nothing that is written with unusual separators has a longer group. */
const longestMixedGroup = 6
const longBlock = new RegExp(`[0-9]{${longestMixedGroup + 1}}(?:[,;:|_\\t\\r\\n]|[^0-9A-Za-z]{3})[^0-9A-Za-z]*$`)

function numberStart(text: string): number {
  const offset = Math.max(0, text.length - (longestMixedGroup + 2 + longestSeparator))
  const block = longBlock.exec(text.slice(offset))
  if (block) {
    // The next number may begin with one of these.
    const sign = /[(+]/.exec(block[0])
    return sign ? offset + block.index + sign.index : text.length
  }
  const stop = Math.max(0, text.length - longestNumber)
  let start = text.length
  let marks = 0
  for (let i = text.length - 1; i >= stop; i -= 1) {
    const character = text.charAt(i)
    if (character >= '0' && character <= '9') {
      marks = 0
      start = i
      continue
    }
    // Corsica in a French number: `2 69 05 2A 588`
    if ((character === 'A' || character === 'B' || character === 'a' || character === 'b') && text.charAt(i - 1) === '2') continue
    if (!separators.includes(character) && character !== '(' && character !== ')' && character !== '+') break
    marks += 1
    if (marks > longestSeparator) break
    if (character === '(' || character === '+') start = i
  }
  return start
}

const longestIban = 34 + 9 * longestSeparator
const openIban = /(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?:[ -]?[0-9A-Za-z]){0,30}[ -]?$/
/** In groups of four with whatever is put between them. */
const openGroups = new RegExp(
  `(?<![0-9A-Za-z])[A-Za-z]{2}[0-9]{2}(?:[${separators.replace('-', '\\-')}]{1,${longestSeparator}}[0-9A-Za-z]{4}){0,8}(?:[${separators.replace('-', '\\-')}]{1,${longestSeparator}}[0-9A-Za-z]{0,3})?$`,
)

function ibanStart(text: string): number {
  const offset = Math.max(0, text.length - longestIban - 1)
  const tail = text.slice(offset)
  if (!someDigit.test(tail)) return text.length
  const found = [openIban.exec(tail), openGroups.exec(tail)].flatMap((match) => (match ? [match.index] : []))
  // the first character of the slice is only there to be looked behind at
  return found.length > 0 ? offset + Math.min(...found) : text.length
}

const someDigit = /[0-9]/

function ipStart(text: string): number {
  let start = text.length
  while (start > 0 && text.length - start <= longestIp && isIpCharacter(text.charCodeAt(start - 1))) start -= 1
  return start
}

const isIpCharacter = (code: number): boolean =>
  (code >= 48 && code <= 58) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70) || code === 46
