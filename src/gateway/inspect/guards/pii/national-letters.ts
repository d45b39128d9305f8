// National ids with letters in them, each with its published check.

import { classOf, isMember, nextRun } from '../characters.ts'
import type { Add, RunEntity, SignEntity } from './entity.ts'

/**
 * Numéro de sécurité sociale (NIR): key 97 − n mod 97; Corsica's 2A counts as 19, 2B as 18 (INSEE, code
 * officiel).
 */
export const franceNir: RunEntity = {
  kind: 'run',
  name: 'france-nir',
  // all digits between two of its spaces, or up to the letter of Corsica
  mayBegin: (length, isAfterLetter) => !isAfterLetter && [1, 3, 5, 6, 7, 10, 13, 15].includes(length),
  read(text, start, _end, add) {
    const code = text.charCodeAt(start)
    if (code === 49 || code === 50) readAt(nir, text, start, isNir, add)
  },
}

const nir =
  /(?<![0-9A-Za-z])[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]|[2-9][0-9]) ?(?:[0-9]{2}|2[ABab]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![0-9A-Za-z])/y

function isNir(id: string): boolean {
  const number = Number(id.slice(0, 13).replace('2A', '19').replace('2B', '18'))
  return 97 - (number % 97) === Number(id.slice(13))
}

/**
 * DNI and NIE: letter number mod 23 of the table, X Y Z as 0 1 2 (Real Decreto 1553/2005; Ministerio del
 * Interior).
 */
export const spainDni: RunEntity = {
  kind: 'run',
  name: 'spain-dni',
  mayBegin: (length, isAfterLetter) => length === 7 || (length === 8 && !isAfterLetter),
  read(text, start, end, add) {
    const first = end - start === 8 ? start : text.charCodeAt(start - 1) === 45 ? start - 2 : start - 1
    if (first >= 0) readAt(dni, text, first, isDni, add)
  },
}

const dni = /(?<![0-9A-Za-z])(?:[XYZxyz]-?[0-9]{7}|[0-9]{8})-?[A-HJ-NP-TV-Za-hj-np-tv-z](?![0-9A-Za-z])/y

function isDni(id: string): boolean {
  const number = Number(id.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2'))
  return 'TRWAGMYFPDXBNJZSQVHLCKE'.charAt(number % 23) === id.slice(-1)
}

/**
 * Codice fiscale: D.M. 23 December 1976, articles 6 to 12; letters L M N P Q R S T U V replace digits if two
 * people would share a code. It may consist of letters only.
 */
export const italyCodiceFiscale: SignEntity = {
  kind: 'sign',
  name: 'italy-codice-fiscale',
  find(text, from, add) {
    for (let start = nextWord(text, from); start !== -1; ) {
      let end = start + 16
      while (isMember(alphanumeric, text.charCodeAt(end))) end += 1
      if (end === start + 16) readAt(codiceFiscale, text, start, isCodiceFiscale, add)
      start = nextWord(text, end)
    }
  },
}

const codiceFiscale =
  /(?<![0-9A-Za-z])[A-Z]{6}[0-9LMNP-V]{2}[A-EHLMPRST][0-9LMNP-V]{2}[A-Z][0-9LMNP-V]{3}[A-Z](?![0-9A-Za-z])/iy
const alphanumeric = classOf('0-9A-Za-z')
const nextWord = (text: string, from: number): number => nextRun(text, from, 16, alphanumeric)

function isCodiceFiscale(id: string): boolean {
  let sum = 0
  for (let i = 0; i < 15; i += 1) {
    const value = Number.parseInt(id.charAt(i), 36)
    const place = value > 9 ? value - 10 : value
    // odd positions (counted from 1) have their own table; there a digit counts as the letter with the same
    // index
    sum += i % 2 === 0 ? (oddPlaces[place] ?? 0) : place
  }
  return String.fromCharCode(65 + (sum % 26)) === id.charAt(15)
}

const oddPlaces = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
]

/** @param accepts receives the id in capitals without separators */
function readAt(
  pattern: RegExp,
  text: string,
  start: number,
  accepts: (id: string) => boolean,
  add: Add,
): void {
  pattern.lastIndex = start
  if (!pattern.test(text)) return
  const end = pattern.lastIndex
  if (accepts(text.slice(start, end).replace(/[ -]/g, '').toUpperCase())) add(start, end)
}
