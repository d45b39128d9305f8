// National ids that are made of digits only, each with its published check.

import { digitAt, isOneDigitOnly, weighted } from './entity.ts'
import type { DigitEntity } from './entity.ts'

/** Steuerliche Identifikationsnummer: § 139b AO; ISO 7064 MOD 11,10 and one digit that stands two or three times among the first ten (BZSt). */
export const germanySteuerId: DigitEntity = {
  kind: 'digits',
  name: 'germany-steuer-id',
  shapes: ['11', '2 3 3 3'],
  passes(digits) {
    if (digits[0] === 0) return false
    const counts = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 10; i += 1) counts[digitAt(digits, i)] = (counts[digitAt(digits, i)] ?? 0) + 1
    if (counts.filter((count) => count > 1).length !== 1 || Math.max(...counts) > 3) return false
    let product = 10
    for (let i = 0; i < 10; i += 1) product = (((digitAt(digits, i) + product) % 10 || 10) * 2) % 11
    return (11 - product) % 10 === digitAt(digits, 10)
  },
}

/** PESEL: weights 1 3 7 9, birth date with the century in the month (Polish act on population registration, 24 September 2010). */
export const polandPesel: DigitEntity = {
  kind: 'digits',
  name: 'poland-pesel',
  shapes: ['11'],
  passes(digits) {
    const month = pairAt(digits, 2) % 20
    const day = pairAt(digits, 4)
    if (month < 1 || month > 12 || day < 1 || day > 31) return false
    return (10 - (weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === digitAt(digits, 10)
  },
}

const bsnShapes = [
  '9',
  ...['4', '3'].flatMap((first) => [' ', '.'].flatMap((one) => [' ', '.'].map((two) => `${first}${one}${first === '4' ? '2' : '3'}${two}3`))),
]

/** Burgerservicenummer: the "elfproef" (Wet algemene bepalingen burgerservicenummer). One nine-digit number in eleven passes, so a word must say so. */
export const netherlandsBsn: DigitEntity = {
  kind: 'digits',
  name: 'netherlands-bsn',
  shapes: bsnShapes,
  passes: (digits, length) => weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !isOneDigitOnly(digits, length),
  context: { word: /bsn|burgerservice|sofi/, shapes: bsnShapes },
}

/** Cadastro de Pessoas Físicas: two check digits modulo 11 (Receita Federal). */
export const brazilCpf: DigitEntity = {
  kind: 'digits',
  name: 'brazil-cpf',
  shapes: ['3.3.3-2', '11'],
  passes(digits, length) {
    const first = ((weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10
    const second = ((weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10
    return first === digitAt(digits, 9) && second === digitAt(digits, 10) && !isOneDigitOnly(digits, length)
  },
}

/** Aadhaar: Verhoeff check digit, first digit 2 to 9 (UIDAI). Unspaced it looks like any number, so a word must say so. */
export const indiaAadhaar: DigitEntity = {
  kind: 'digits',
  name: 'india-aadhaar',
  shapes: ['4 4 4', '4-4-4', '12'],
  passes: (digits, length) => digitAt(digits, 0) >= 2 && passesVerhoeff(digits, length),
  context: { word: /aadhaar|aadhar|uidai/, shapes: ['12'] },
}

const nhsShapes = ['3 3 4', '3-3-4', '10']

/** NHS number: modulus 11 with weights 10 to 2 (NHS Data Dictionary). */
export const ukNhs: DigitEntity = {
  kind: 'digits',
  name: 'uk-nhs',
  shapes: nhsShapes,
  passes(digits, length) {
    const check = 11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)
    return (check === 11 ? 0 : check) === digitAt(digits, 9) && !isOneDigitOnly(digits, length)
  },
  context: { word: /\bnhs\b/, shapes: nhsShapes },
}

/** Social Security number: no check digit; ranges never issued are left out (SSA, randomization of 2011). */
export const usSsn: DigitEntity = {
  kind: 'digits',
  name: 'us-ssn',
  shapes: ['3-2-4'],
  passes(digits) {
    const area = digitAt(digits, 0) * 100 + pairAt(digits, 1)
    return area > 0 && area !== 666 && area < 900 && pairAt(digits, 3) > 0 && pairAt(digits, 5) + pairAt(digits, 7) > 0
  },
}

const pairAt = (digits: Uint8Array, index: number): number => digitAt(digits, index) * 10 + digitAt(digits, index + 1)

const verhoeffPermutation = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]

/** J. Verhoeff, Error Detecting Decimal Codes (1969): permute by position, multiply in the dihedral group D5. */
function passesVerhoeff(digits: Uint8Array, length: number): boolean {
  let product = 0
  for (let position = 0; position < length; position += 1) {
    let digit = digitAt(digits, length - 1 - position)
    for (let times = position % 8; times > 0; times -= 1) digit = verhoeffPermutation[digit] ?? 0
    product = dihedral(product, digit)
  }
  return product === 0
}

function dihedral(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : ((a + b) % 5) + 5
  return b < 5 ? ((a - b + 5) % 5) + 5 : (a - b + 5) % 5
}
