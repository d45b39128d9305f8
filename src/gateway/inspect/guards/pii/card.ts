// Payment cards: issuer prefixes and lengths (ISO/IEC 7812; ranges as the networks publish them) and the Luhn digit.

import { isOneDigitOnly, passesLuhn } from './entity.ts'
import type { DigitEntity } from './entity.ts'

const shortest = 13
const longest = 19

/** As embossed, whatever is between the groups: 16 and 19 digits in fours, American Express, Diners Club, old Visa cards. */
const embossed = ['4 4 4 4', '4 6 5', '4 6 4', '4 4 4 4 3', '4 4 4 1']

export const card: DigitEntity = {
  kind: 'digits',
  name: 'card',
  shapes: shapesOf(),
  passes: (digits, length) => isIssued(digits, length) && passesLuhn(digits, length) && !isOneDigitOnly(digits, length),
}

/** One block; groups of three to nine with one usual separator; or as embossed, with any separators. */
function shapesOf(): readonly string[] {
  const shapes = new Set<string>()
  for (let length = shortest; length <= longest; length += 1) {
    shapes.add(String(length))
    for (const groups of partitions(length, 6)) if (groups.length > 1) for (const separator of ' -.') shapes.add(groups.join(separator))
  }
  for (const shape of embossed) for (const mixed of mixtures(shape.split(' '))) shapes.add(mixed)
  return [...shapes]
}

/** Every way to write a length as groups of three to nine digits. */
function* partitions(length: number, most: number): Generator<number[]> {
  if (length >= 3 && length <= 9) yield [length]
  if (most === 1) return
  for (let group = 3; group <= Math.min(9, length - 3); group += 1) for (const rest of partitions(length - group, most - 1)) yield [group, ...rest]
}

function* mixtures([first = '', ...rest]: readonly string[]): Generator<string> {
  if (rest.length === 0) yield first
  else for (const tail of mixtures(rest)) for (const separator of ' .-/~') yield first + separator + tail
}

/** Prefix from and to (compared on as many digits), lengths. */
const ranges: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [4, 4, [13, 16, 19]], // Visa
  [51, 55, [16]], // Mastercard
  [2221, 2720, [16]],
  [34, 34, [15]], // American Express
  [37, 37, [15]],
  [6011, 6011, [16, 17, 18, 19]], // Discover
  [644, 649, [16, 17, 18, 19]],
  [65, 65, [16, 17, 18, 19]],
  [300, 305, [14, 16]], // Diners Club
  [36, 36, [14, 16]],
  [38, 39, [14, 16]],
  [3528, 3589, [16, 17, 18, 19]], // JCB
  [62, 62, [16, 17, 18, 19]], // UnionPay
  [81, 82, [16]], // RuPay
  [50, 50, [16, 17, 18, 19]], // Maestro
  [56, 58, [16, 17, 18, 19]],
  [60, 60, [16]],
  [63, 63, [16, 17, 18, 19]],
  [67, 67, [16, 17, 18, 19]],
  [2200, 2204, [16, 17, 18, 19]], // Mir
]

/** By the first four digits, one bit for each length that is issued. */
const issued = new Uint8Array(10_000)
for (const [from, to, lengths] of ranges) {
  const scale = 10 ** (4 - String(from).length)
  for (let prefix = from * scale; prefix < (to + 1) * scale; prefix += 1)
    for (const length of lengths) issued[prefix] = (issued[prefix] ?? 0) | bitOf(length)
}

function bitOf(length: number): number {
  return 1 << (length - shortest)
}

function isIssued(digits: Uint8Array, length: number): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = digits
  return ((issued[a * 1000 + b * 100 + c * 10 + d] ?? 0) & bitOf(length)) !== 0
}
