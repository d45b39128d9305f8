// Phone numbers: international form (ITU-T E.164), North American form, and national forms that begin with 0 beside a word that says so.

import type { TextEntity } from './entity.ts'

export const phone: TextEntity = {
  kind: 'text',
  name: 'phone',
  needs: 'digit',
  find(text, from, add) {
    const context = new Context(text, from)
    // Forms begin at a digit or a sign before one; everything else is passed at the speed of a loop.
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at)
      if (code === plus) international(text, at, add)
      else if (code === bracket) {
        northAmerican(text, at, add)
        national(text, at, context, add)
      } else if (isDigit(code) && !isDigit(text.charCodeAt(at - 1))) {
        if (text.charCodeAt(at + 3) < 48 || text.charCodeAt(at + 1) < 48) northAmerican(text, at, add)
        national(text, at, context, add)
      }
    }
  },
}

type Add = (start: number, end: number) => void

const plus = 43
const bracket = 40
const isDigit = (code: number): boolean => code >= 48 && code <= 57
const isAlphanumeric = (code: number): boolean => isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122)

function international(text: string, at: number, add: Add): void {
  const before = text.charCodeAt(at - 1)
  if (before === plus || isAlphanumeric(before)) return
  const found = numberAt(text, at + 1, 8, 15)
  if (found && callingCode.test(found.digits())) add(at, found.end)
}

// NANP: area and exchange codes begin with 2 to 9
const nanp = /(?<![0-9A-Za-z.-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[2-9][0-9]{2}[.\- ][0-9]{4}(?![0-9A-Za-z]|[.-][0-9])/y

function northAmerican(text: string, at: number, add: Add): void {
  nanp.lastIndex = at
  if (nanp.test(text)) add(at, nanp.lastIndex)
}

function national(text: string, at: number, context: Context, add: Add): void {
  const before = text.charCodeAt(at - 1)
  if (before === plus || before === 45 || before === 46 || isAlphanumeric(before)) return
  if (!context.mayBe()) return
  const found = numberAt(text, text.charCodeAt(at) === bracket ? at + 1 : at, 7, 14)
  if (!found || !(found.first === 48 || found.count === 10)) return
  if (contextWord.test(text.slice(Math.max(0, at - 40), at))) add(at, found.end)
}

/** Is any of the words that say "phone" in the text? Asked once, and only where a number could be one. */
class Context {
  private answer: boolean | undefined
  private readonly text: string
  private readonly from: number

  constructor(text: string, from: number) {
    this.text = text
    this.from = from
  }

  mayBe(): boolean {
    this.answer ??= contextStem.test(this.from > 40 ? this.text.slice(this.from - 40) : this.text)
    return this.answer
  }
}

interface PhoneNumber {
  end: number
  count: number
  /** Code of the first digit. */
  first: number
  digits(): string
}

/** The longest number from here, within bounds; between its digits are at most two marks, and no letter or digit follows it. */
function numberAt(text: string, start: number, fewest: number, most: number): PhoneNumber | undefined {
  const first = text.charCodeAt(start)
  if (!isDigit(first)) return undefined
  let end = 0
  let count = 0
  for (let at = start, seen = 0, marks = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isDigit(code)) {
      marks = 0
      seen += 1
      if (seen > most) break
      if (seen >= fewest && !isAlphanumeric(text.charCodeAt(at + 1))) {
        end = at + 1
        count = seen
      }
    } else if (!isMarkBetween(code) || ++marks > 2) break
  }
  return count === 0 ? undefined : { end, count, first, digits: () => text.slice(start, end).replace(/[^0-9]/g, '') }
}

/** ` .-/()` and dashes */
const isMarkBetween = (code: number): boolean =>
  code === 32 || code === 46 || code === 45 || code === 47 || code === bracket || code === 41 || (code >= 0x2010 && code <= 0x2015)

/** A part of each of the words below. */
const contextStem = /tel|tél|phone|mobil|móvil|cel|call|fax|whatsapp|handy|rufnummer|portable|komórka/i

const contextWord =
  /(?<![\p{L}])(?:tel|phone|telephone|mobile|cell|call|fax|whatsapp|telefon|telefax|handy|mobil|rufnummer|téléphone|portable|teléfono|telefono|móvil|cellulare|telefoon|telefone|celular|komórka)[\p{L}]{0,3}[^\p{L}0-9]{0,4}(?:[\p{L}]{1,8}[^\p{L}0-9]{1,3}){0,2}$/iu

/** Assigned country codes (ITU-T E.164, list of assigned codes). */
const callingCode =
  /^(?:1|7|2[07]|3[0-4]|36|39|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1234569][0-9]|3[578][0-9]|42[0-9]|50[0-9]|59[0-9]|6[789][0-9]|8[0578][0-9]|96[0-8]|97[0-79]|99[2-68])/
