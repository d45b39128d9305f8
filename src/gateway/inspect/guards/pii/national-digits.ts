// National ids that consist of digits only, each with its published check.

import {
  type GroupEntity,
  type GroupedNumber,
  digitAt,
  isOneDigitOnly,
  valueOf,
  weightedSum,
} from './entity.ts'

/**
 * Steuerliche Identifikationsnummer: § 139b AO; ISO 7064 MOD 11,10 and one digit that occurs two or three
 * times among the first ten (BZSt).
 */
export const germanySteuerId: GroupEntity = {
  kind: 'groups',
  name: 'germany-steuer-id',
  lengths: [11, 11],
  shapes: ['11', '2 3 3 3'],
  begins: [1, 2, 3, 4, 5, 6, 7, 8, 9],
  accepts(number) {
    const counts = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 10; i += 1) counts[digitAt(number, i)] = (counts[digitAt(number, i)] ?? 0) + 1
    if (counts.filter((count) => count > 1).length !== 1 || Math.max(...counts) > 3) return false
    let product = 10
    for (let i = 0; i < 10; i += 1) product = (((digitAt(number, i) + product) % 10 || 10) * 2) % 11
    return (11 - product) % 10 === digitAt(number, 10)
  },
}

/**
 * PESEL: weights 1 3 7 9, birth date with the century in the month (Polish act on population registration, 24
 * September 2010).
 */
export const polandPesel: GroupEntity = {
  kind: 'groups',
  name: 'poland-pesel',
  lengths: [11, 11],
  shapes: ['11'],
  accepts(number) {
    const month = valueOf(number, 2, 4) % 20
    const day = valueOf(number, 4, 6)
    if (month < 1 || month > 12 || day < 1 || day > 31) return false
    return (10 - (weightedSum(number, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === digitAt(number, 10)
  },
}

/**
 * Burgerservicenummer: the "elfproef" (Wet algemene bepalingen burgerservicenummer). One nine-digit number in
 * eleven passes, so a context word is required.
 */
export const netherlandsBsn: GroupEntity = {
  kind: 'groups',
  name: 'netherlands-bsn',
  lengths: [9, 9],
  shapes: [
    '9',
    ...[' ', '.'].flatMap((one) => [' ', '.'].flatMap((two) => [`4${one}2${two}3`, `3${one}3${two}3`])),
  ],
  accepts: (number) =>
    !isOneDigitOnly(number) &&
    weightedSum(number, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 &&
    /bsn|burgerservice|sofi/.test(number.before()),
}

/** Cadastro de Pessoas Físicas: two check digits modulo 11 (Receita Federal). */
export const brazilCpf: GroupEntity = {
  kind: 'groups',
  name: 'brazil-cpf',
  lengths: [11, 11],
  shapes: ['11', '3.3.3-2'],
  accepts(number) {
    if (isOneDigitOnly(number)) return false
    const first = ((weightedSum(number, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10
    const second = ((weightedSum(number, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10
    return first === digitAt(number, 9) && second === digitAt(number, 10)
  },
}

/**
 * Aadhaar: Verhoeff check digit, first digit 2 to 9 (UIDAI). Without spaces it looks like any number, so a
 * context word is required.
 */
export const indiaAadhaar: GroupEntity = {
  kind: 'groups',
  name: 'india-aadhaar',
  lengths: [12, 12],
  shapes: ['4 4 4', '4-4-4', '12'],
  begins: [2, 3, 4, 5, 6, 7, 8, 9],
  accepts: (number) => passesVerhoeff(number) && isAadhaarContext(number),
}

/** In cells and lines, groups of four digits can be any numbers. */
const isAadhaarContext = (number: GroupedNumber): boolean =>
  (number.groups > 1 && number.isPlain()) || /aadhaar|aadhar|uidai/.test(number.before())

/** NHS number: modulus 11 with weights 10 to 2 (NHS Data Dictionary). */
export const ukNhs: GroupEntity = {
  kind: 'groups',
  name: 'uk-nhs',
  lengths: [10, 10],
  shapes: ['10', '3 3 4', '3-3-4'],
  accepts(number) {
    if (isOneDigitOnly(number) || !/\bnhs\b/.test(number.before())) return false
    const check = 11 - (weightedSum(number, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)
    return (check === 11 ? 0 : check) === digitAt(number, 9)
  },
}

/** Social Security number: no check digit; ranges never issued are left out (SSA, randomization of 2011). */
export const usSsn: GroupEntity = {
  kind: 'groups',
  name: 'us-ssn',
  lengths: [9, 9],
  shapes: ['3-2-4'],
  accepts(number) {
    const area = valueOf(number, 0, 3)
    return area > 0 && area !== 666 && area < 900 && valueOf(number, 3, 5) > 0 && valueOf(number, 5, 9) > 0
  },
}

const verhoeffPermutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

/** By position and digit. */
const permuted = new Uint8Array(80)
for (let digit = 0; digit < 10; digit += 1) {
  let made = digit
  for (let position = 0; position < 8; position += 1) {
    permuted[position * 10 + digit] = made
    made = verhoeffPermutation[made] ?? 0
  }
}

/**
 * J. Verhoeff, Error Detecting Decimal Codes (1969): permute by position, multiply in the dihedral group D5.
 */
function passesVerhoeff({ digits, length }: GroupedNumber): boolean {
  let product = 0
  for (let position = 0; position < length; position += 1) {
    const digit = permuted[(position & 7) * 10 + digits[length - 1 - position]!]!
    product = products[product * 10 + digit]!
  }
  return product === 0
}

function dihedral(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5
  return b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5
}

const products = Uint8Array.from({ length: 100 }, (_, index) => dihedral(Math.floor(index / 10), index % 10))
