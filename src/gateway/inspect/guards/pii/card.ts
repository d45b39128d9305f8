// Payment cards: issuer prefixes and lengths (ISO/IEC 7812; ranges as the networks publish them) and the Luhn
// digit.
//
// A number in one block, or in groups as embossed, is always a card. With cells, lines and mixed separators,
// it must have the groups of the networks (4 4 4 4); a longer row of such numbers is a table. After a word
// like "card", groups of any size count.

import { type GroupEntity, type GroupedNumber, isOneDigitOnly, passesLuhn, valueOf } from './entity.ts'

/** The grouping that networks print (ISO/IEC 7812 does not define it), with any separator. */
const printed = ['4 4 4 4', '4 4 4 4 3', '4 6 5', '4 6 4']
const gaps = [' ', '-', '.', '/', '~']

export const card: GroupEntity = {
  kind: 'groups',
  name: 'card',
  lengths: [13, 19],
  begins: [2, 3, 4, 5, 6, 8],
  shapes: [...new Set([...blockShapes(), ...embossedShapes(), ...printed.flatMap(varyGaps)])],
  announced: /(?:card|credit|debit|visa|amex|karte|carte|tarjeta|cartão|carta|kaart|karta|\bpan)[^0-9]*$/,
  isGlued,
  accepts: (number) =>
    isIssued(number) &&
    passesLuhn(number) &&
    !isOneDigitOnly(number) &&
    (number.isAnnounced || number.groups === 1 || number.isPlain() || !number.isInTable()),
}

function blockShapes(): string[] {
  return Array.from({ length: 7 }, (_, index) => String(13 + index))
}

/** Groups of three and more with one kind of separator. */
function embossedShapes(): string[] {
  const found: string[] = []
  const extend = (groups: number[], total: number) => {
    if (groups.length >= 2 && total >= 13) for (const gap of [' ', '-', '.']) found.push(groups.join(gap))
    if (groups.length < 6)
      for (let next = 3; next <= 9 && total + next <= 19; next += 1) extend([...groups, next], total + next)
  }
  extend([], 0)
  return found
}

function varyGaps(shape: string): string[] {
  const [first = '', ...rest] = shape.split(' ')
  let found = [first]
  for (const group of rest) found = found.flatMap((begun) => gaps.map((gap) => begun + gap + group))
  return found
}

/** `visa4111…`, `4111…exp0527`: words that are written directly next to a number. */
function isGlued(text: string, start: number, end: number): boolean {
  if (end - start < 13) return false
  const head = text.slice(Math.max(0, start - 10), start)
  const tail = text.slice(end, end + 8)
  return (
    (!/[0-9A-Za-z]$/.test(head) || wordBefore.test(head)) &&
    (!/^[0-9A-Za-z]/.test(tail) || wordAfter.test(tail))
  )
}

const wordBefore = /(?:card|visa|amex|master|karte|carte|tarjeta|number|nr|no|num|pan|cc|is)$/i
const wordAfter = /^(?:exp|cvv|cvc|valid|visa|amex|master|and|und)/i

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

/** Per four leading digits, the lengths as bits. */
let issued: Uint32Array | undefined

function isIssued(number: GroupedNumber): boolean {
  issued ??= issuedPrefixes()
  return (issued[valueOf(number, 0, 4)]! & (1 << number.length)) !== 0
}

function issuedPrefixes(): Uint32Array {
  const found = new Uint32Array(10_000)
  for (const [from, to, lengths] of ranges) {
    const scale = 10 ** (4 - String(from).length)
    for (let prefix = from * scale; prefix < (to + 1) * scale; prefix += 1)
      for (const length of lengths) found[prefix] = found[prefix]! | (1 << length)
  }
  return found
}
