// Phone numbers: international form (ITU-T E.164), North American form, and national forms that begin with 0 beside a word that says so.

import type { TextEntity } from './entity.ts'

export const phone: TextEntity = {
  kind: 'text',
  name: 'phone',
  needs: 'digit',
  find(text, from, add) {
    for (const form of forms) {
      form.pattern.lastIndex = from
      for (let match = form.pattern.exec(text); match; match = form.pattern.exec(text)) {
        // the next candidate may begin inside this one; which of them counts is settled over all entities
        form.pattern.lastIndex = match.index + 1
        const digits = match[0].replace(/[^0-9]/g, '')
        const before = () => text.slice(Math.max(0, match.index - 40), match.index)
        if (form.accepts(digits, before)) add(match.index, match.index + match[0].length)
      }
    }
  },
}

interface Form {
  pattern: RegExp
  accepts(digits: string, before: () => string): boolean
}

// between digits at most two marks, `) ` or `- `; marks and digits share no character, so that nothing is tried twice
const forms: readonly Form[] = [
  {
    pattern: /(?<![0-9A-Za-z+])\+[0-9](?:[ .\-/()\u2010-\u2015]{0,2}[0-9]){7,14}(?![0-9A-Za-z])/g,
    accepts: (digits) => callingCode.test(digits),
  },
  {
    // NANP: area and exchange codes begin with 2 to 9
    pattern: /(?<![0-9A-Za-z.-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[.-])[2-9][0-9]{2}[.\- ][0-9]{4}(?![0-9A-Za-z]|[.-][0-9])/g,
    accepts: () => true,
  },
  {
    pattern: /(?<![0-9A-Za-z.+-])\(?[0-9](?:[ .\-/()\u2010-\u2015]{0,2}[0-9]){6,13}(?![0-9A-Za-z])/g,
    accepts: (digits, before) => (digits.startsWith('0') || digits.length === 10) && contextWord.test(before()),
  },
]

const contextWord =
  /(?<![\p{L}])(?:tel|phone|telephone|mobile|cell|call|fax|whatsapp|telefon|telefax|handy|mobil|rufnummer|téléphone|portable|teléfono|telefono|móvil|cellulare|telefoon|telefone|celular|komórka)[\p{L}]{0,3}[^\p{L}0-9]{0,4}(?:[\p{L}]{1,8}[^\p{L}0-9]{1,3}){0,2}$/iu

/** Assigned country codes (ITU-T E.164, list of assigned codes). */
const callingCode =
  /^(?:1|7|2[07]|3[0-4]|36|39|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|2[1234569][0-9]|3[578][0-9]|42[0-9]|50[0-9]|59[0-9]|6[789][0-9]|8[0578][0-9]|96[0-8]|97[0-79]|99[2-68])/
