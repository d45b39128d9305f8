// Classes of ASCII characters by code, and the search for long runs of them.

export const isDigit = (code: number): boolean => code >= 48 && code <= 57
export const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
export const isAlphanumeric = (code: number): boolean => isDigit(code) || isLetter(code)

/** The ASCII characters of a class, by code: 1 is a member. */
export type CharacterClass = Uint8Array

/** @param characters the inside of a class of a regular expression: `A-Z0-9_` */
export function classOf(characters: string): CharacterClass {
  const expression = new RegExp(`[${characters}]`)
  return Uint8Array.from({ length: 128 }, (_, code) => (expression.test(String.fromCharCode(code)) ? 1 : 0))
}

export const isMember = (members: CharacterClass, code: number): boolean => code < 128 && members[code] === 1

/**
 * The start of the next run of at least `length` members at or after `from`; -1 if there is none. In other
 * text it reads about one character in `length` (as Boyer and Moore do: from the end of the window
 * backwards).
 */
export function nextRun(text: string, from: number, length: number, members: CharacterClass): number {
  for (let start = from; start + length <= text.length; ) {
    let at = start + length - 1
    while (at >= start && isMember(members, text.charCodeAt(at))) at -= 1
    if (at < start) return start
    start = at + 1
  }
  return -1
}

const digit = /[0-9]/g
const nearby = 16

/** The next ASCII digit at or after `from`; -1 when there is none. */
export function nextDigit(text: string, from: number): number {
  // In numbers and tables the next digit is near. The native search is faster only for longer distances.
  const near = Math.min(text.length, from + nearby)
  for (let at = from; at < near; at += 1) if (isDigit(text.charCodeAt(at))) return at
  digit.lastIndex = near
  return digit.test(text) ? digit.lastIndex - 1 : -1
}
