// Phone numbers: international form (ITU-T E.164), North American form, and national forms that begin with 0
// near a context word.

import { isAlphanumeric, isDigit } from '../characters.ts'
import type { Add, RunEntity } from './entity.ts'

export const phone: RunEntity = {
  kind: 'run',
  name: 'phone',
  mayBegin: (length, isAfterLetter) => length <= mostDigits && !isAfterLetter,
  read(text, start, end, add) {
    const before = start === 0 ? 0 : text.charCodeAt(start - 1)
    if (before === plus) readInternational(text, start, add)
    if (before === parenthesis) {
      readNational(text, start - 1, start, add)
      if (text.charCodeAt(end) === 41) readAmerican(text, start - 1, add)
    }
    readNational(text, start, start, add)
    if (mayBeAmerican(text, start, end)) readAmerican(text, start, add)
  },
}

/** Without the leading zeros that people dial (ITU-T E.164). */
const mostDigits = 15
const plus = 43
const parenthesis = 40

/**
 * At most three of these between digits, such as `) ` or ` - `. Marks and digits share no characters, so
 * there is no backtracking.
 */
export const phoneMarks = ' \t\n\r.-/()\u2010\u2011\u2012\u2013\u2014\u2015\u2212'
export const mostPhoneMarks = 3

const international = new Set(Array.from(phoneMarks, (mark) => mark.charCodeAt(0)))
/** A national number is on one line. */
const national = new Set([...international].filter((code) => code !== 10 && code !== 13))

/**
 * The last possible end of a number with this many digits in total that touches no letter or digit; -1 if
 * there is none.
 */
function numberEnd(
  text: string,
  start: number,
  least: number,
  most: number,
  isMark: ReadonlySet<number>,
): number {
  let longest = -1
  let at = start
  for (let digits = 1; ; digits += 1) {
    at += 1
    if (digits >= least && !isAlphanumeric(text.charCodeAt(at))) longest = at
    if (digits === most) return longest
    for (let marks = 0; marks < mostPhoneMarks && isMark.has(text.charCodeAt(at)); marks += 1) at += 1
    if (!isDigit(text.charCodeAt(at))) return longest
  }
}

const digitsIn = (match: string): string => match.replace(/[^0-9]/g, '')

function readInternational(text: string, start: number, add: Add): void {
  const before = text.charCodeAt(start - 2)
  if (isAlphanumeric(before) || before === plus) return
  const end = numberEnd(text, start, 8, mostDigits, international)
  if (end !== -1 && callingCode.test(digitsIn(text.slice(start, end)))) add(start - 1, end)
}

/** A number after a context word. @param begin start of the number, including its parenthesis */
function readNational(text: string, begin: number, start: number, add: Add): void {
  const before = text.charCodeAt(begin - 1)
  if (isAlphanumeric(before) || before === 43 || before === 45 || before === 46) return
  if (!followsWord(text, begin)) return
  const end = numberEnd(text, start, 7, 14, national)
  if (end === -1) return
  const digits = digitsIn(text.slice(start, end))
  if (!digits.startsWith('0') && digits.length !== 10) return
  if (contextWord.test(text.slice(Math.max(0, begin - 40), begin))) add(begin, end)
}

/** The North American plan: area and exchange codes begin with 2 to 9. */
const american =
  /(?<![0-9A-Za-z.-])(?:1[ .-])?(?:\([2-9][0-9]{2}\)[ \t\n]{0,2}|[2-9][0-9]{2}[.\u2010-\u2015-])[2-9][0-9]{2}[.\- \t\u2010-\u2015][0-9]{4}(?![0-9A-Za-z]|[.-][0-9])/y

/** Without parentheses. */
function mayBeAmerican(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start)
  const after = text.charCodeAt(end)
  if (end - start === 3) return first >= 50 && isPointOrDash(after)
  return end - start === 1 && first === 49 && (after === 32 || after === 45 || after === 46)
}

function readAmerican(text: string, begin: number, add: Add): void {
  american.lastIndex = begin
  if (american.test(text)) add(begin, american.lastIndex)
}

const isPointOrDash = (code: number): boolean =>
  code === 45 || code === 46 || (code >= 0x2010 && code <= 0x2015)

/** Is there a letter within five characters before it, without a digit in between? */
function followsWord(text: string, at: number): boolean {
  for (let before = at - 1; before >= Math.max(0, at - 5); before -= 1) {
    const code = text.charCodeAt(before)
    if (isDigit(code)) return false
    if (code >= 65 && (code < 91 || code > 96)) return before < at - 1 || code > 127
  }
  return false
}

const contextWord =
  /(?<![\p{L}])(?:tel|phone|telephone|mobile|cell|call|fax|whatsapp|telefon|telefax|handy|mobil|rufnummer|téléphone|portable|teléfono|telefono|móvil|cellulare|telefoon|telefone|celular|komórka)[\p{L}]{0,3}[^\p{L}0-9]{0,4}(?:[\p{L}]{1,8}[^\p{L}0-9]{1,3}){0,2}$/iu

/** Assigned country codes (ITU-T E.164, list of assigned codes). */
const callingCode =
  /^(?:1|7|2[07]|3[0-4]|36|39|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1234569][0-9]|3[578][0-9]|42[0-9]|50[0-9]|59[0-9]|6[789][0-9]|8[0578][0-9]|96[0-8]|97[0-79]|99[2-68])/
