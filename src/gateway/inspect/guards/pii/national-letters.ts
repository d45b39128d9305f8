// National ids with letters in them, each with its published check.

import { isAlphanumeric, isDigit, isLetter } from './characters.ts'
import type { TextEntity } from './entity.ts'

/**
 * Numéro de sécurité sociale (NIR): key 97 − n mod 97; Corsica's 2A counts as 19, 2B as 18 (INSEE, code
 * officiel).
 */
export const franceNir = matching(
  'france-nir',
  /(?<![0-9A-Za-z])[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[ABab]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![0-9A-Za-z])/y,
  (code) => code === 49 || code === 50,
  (id) => {
    const number = Number(id.slice(0, 13).replace('2A', '19').replace('2B', '18'))
    return 97 - (number % 97) === Number(id.slice(13))
  },
)

/**
 * DNI and NIE: letter number mod 23 of the table, X Y Z as 0 1 2 (Real Decreto 1553/2005; Ministerio del
 * Interior).
 */
export const spainDni = matching(
  'spain-dni',
  /(?<![0-9A-Za-z])(?:[XYZxyz]-?[0-9]{7}|[0-9]{8})-?[A-HJ-NP-TV-Za-hj-np-tv-z](?![0-9A-Za-z])/y,
  (_code, text, at) => isDigit(text.charCodeAt(at + 2)) && isDigit(text.charCodeAt(at + 7)),
  (id) => {
    const number = Number(id.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2'))
    return 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(number % 23) === id.slice(-1)
  },
)

/**
 * Codice fiscale: D.M. 23 December 1976, articles 6 to 12; letters L M N P Q R S T U V stand for digits where
 * two people would share one.
 */
export const italyCodiceFiscale = matching(
  'italy-codice-fiscale',
  /(?<![0-9A-Za-z])[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z](?![0-9A-Za-z])/iy,
  (code, text, at) =>
    isLetter(code) && isLetter(text.charCodeAt(at + 5)) && isAlphanumeric(text.charCodeAt(at + 15)),
  (id) => {
    let sum = 0
    for (let i = 0; i < 15; i += 1) {
      const value = Number.parseInt(id.charAt(i), 36)
      const place = value > 9 ? value - 10 : value
      // odd places (counted from 1) have a table of their own; there a digit counts as the letter of its
      // place
      sum += i % 2 === 0 ? (oddPlaces[place] ?? 0) : place
    }
    return String.fromCharCode(65 + (sum % 26)) === id.charAt(15)
  },
)

const oddPlaces = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
]

/**
 * Patterns begin at the edge of a word and have bounded, unnested repetitions only.
 * @param mayBegin cheap: is the pattern worth a try here?
 * @param accepts sees the id in capitals without separators
 */
function matching(
  name: string,
  pattern: RegExp,
  mayBegin: (code: number, text: string, at: number) => boolean,
  accepts: (id: string) => boolean,
): TextEntity {
  return {
    kind: 'text',
    name,
    needs: 'digit',
    find(text, from, add) {
      let isInWord = from > 0 && isAlphanumeric(text.charCodeAt(from - 1))
      for (let at = from; at < text.length; at += 1) {
        const code = text.charCodeAt(at)
        const begins = !isInWord
        isInWord = isAlphanumeric(code)
        if (!begins || !isInWord || !mayBegin(code, text, at)) continue
        pattern.lastIndex = at
        const match = pattern.exec(text)
        if (match && accepts(match[0].replace(/[ -]/g, '').toUpperCase())) add(at, at + match[0].length)
      }
    },
  }
}
