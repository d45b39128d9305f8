// Phone numbers: international form (ITU-T E.164), North American form, and national forms that begin with 0
// beside a word that says so.

import { isDigit } from './characters.ts'
import type { TextEntity } from './entity.ts'

export const phone: TextEntity = {
  kind: 'text',
  name: 'phone',
  needs: 'digit',
  find(text, from, add) {
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      // most characters begin no number
      if (code > 57 || (code < 48 && code !== 43 && code !== 40)) continue
      for (const form of forms) {
        if (!form.mayBegin(code, text, at)) continue
        form.pattern.lastIndex = at
        const match = form.pattern.exec(text)
        if (match && form.accepts(match[0], text, at)) add(at, at + match[0].length)
      }
    }
  },
}

interface Form {
  /** Cheap: is the expression worth a try here? */
  mayBegin(code: number, text: string, at: number): boolean
  pattern: RegExp
  accepts(match: string, text: string, at: number): boolean
}

/**
 * Between digits at most three of these, `) ` or ` - `. Marks and digits share no character, so that nothing
 * is tried twice.
 */
export const phoneMarks = ' \t\n\r.-/()\u2010\u2011\u2012\u2013\u2014\u2015\u2212'
export const mostPhoneMarks = 3

const digitsIn = (match: string): string => match.replace(/[^0-9]/g, '')

const forms: readonly Form[] = [
  {
    mayBegin: (code, text, at) =>
      code === 43 &&
      isDigit(text.charCodeAt(at + 1)) &&
      goesOn(text.charCodeAt(at + 2)) &&
      !isDigit(text.charCodeAt(at - 1)),
    pattern: /(?<![0-9A-Za-z+])\+[0-9](?:[ \t\n\r.\-/()\u2010-\u2015\u2212]{0,3}[0-9]){7,14}(?![0-9A-Za-z])/y,
    accepts: (match) => callingCode.test(digitsIn(match)),
  },
  {
    // NANP: area and exchange codes begin with 2 to 9
    mayBegin: (code, text, at) =>
      code === 40
        ? text.charCodeAt(at + 4) === 41
        : code === 49
          ? isPointOrDash(text.charCodeAt(at + 1)) || text.charCodeAt(at + 1) === 32
          : code >= 50 && isPointOrDash(text.charCodeAt(at + 3)),
    pattern:
      /(?<![0-9A-Za-z.-])(?:1[ .-])?(?:\([2-9][0-9]{2}\)[ \t\n]{0,2}|[2-9][0-9]{2}[.\u2010-\u2015-])[2-9][0-9]{2}[.\- \t\u2010-\u2015][0-9]{4}(?![0-9A-Za-z]|[.-][0-9])/y,
    accepts: () => true,
  },
  {
    mayBegin: (code, text, at) => code !== 43 && followsWord(text, at),
    pattern: /(?<![0-9A-Za-z.+-])\(?[0-9](?:[ \t.\-/()\u2010-\u2015\u2212]{0,3}[0-9]){6,13}(?![0-9A-Za-z])/y,
    accepts(match, text, at) {
      const digits = digitsIn(match)
      return (
        (digits.startsWith('0') || digits.length === 10) &&
        contextWord.test(text.slice(Math.max(0, at - 40), at))
      )
    },
  },
]

const isMark = new Set(Array.from(phoneMarks, (mark) => mark.charCodeAt(0)))
const goesOn = (code: number): boolean => isDigit(code) || isMark.has(code)
const isPointOrDash = (code: number): boolean =>
  code === 45 || code === 46 || (code >= 0x2010 && code <= 0x2015)

/** Is a letter within five characters before, and no digit between? */
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
