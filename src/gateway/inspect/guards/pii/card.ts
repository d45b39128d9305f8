// Payment cards: issuer prefixes and lengths (ISO/IEC 7812; ranges as the networks publish them) and the Luhn digit.

import { isOneDigitOnly, passesLuhn } from './entity.ts'
import type { DigitEntity } from './entity.ts'

export const card: DigitEntity = {
  kind: 'digits',
  name: 'card',
  lengths: [13, 19],
  accepts: (digits, shape) => isCardShape(shape) && isIssued(digits) && !isOneDigitOnly(digits) && passesLuhn(digits),
}

/** One block, or groups of three and more with one kind of separator, as embossed. */
const isCardShape = (shape: string): boolean =>
  shape.length === 2 || /^[3-9](?: [3-9]){1,5}$/.test(shape) || /^[3-9](?:-[3-9]){1,5}$/.test(shape) || /^[3-9](?:\.[3-9]){1,5}$/.test(shape)

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

const isIssued = (digits: string): boolean =>
  ranges.some(([from, to, lengths]) => {
    const prefix = Number(digits.slice(0, String(from).length))
    return prefix >= from && prefix <= to && lengths.includes(digits.length)
  })
