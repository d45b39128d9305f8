// What a kind of personal data is to the pii guard. One file each; the list is in ../pii.ts.

/** All texts are folded (see ../fold.ts); positions are of the folded text. */
export type Entity = TextEntity | DigitEntity

/** Looks for itself. Whether a span is reported may depend on up to 64 characters before it and 2 after it, on nothing else. */
export interface TextEntity {
  kind: 'text'
  name: string
  /** Without one of these characters in the text there is nothing to look for. */
  needs: 'digit' | 'at' | 'colon'
  find(text: string, from: number, add: (start: number, end: number) => void): void
}

/** Is shown every sequence of digit groups that it can be written in. */
export interface DigitEntity {
  kind: 'digits'
  name: string
  /**
   * How it is written: lengths of the groups with what separates them, `4 4 4 4`, `3.3.3-2`, `16`. All dashes are `-`. What people and tables put
   * between groups otherwise (tabs, line ends, several blanks, `|`, and different separators in one number) is `~`.
   */
  shapes: readonly string[]
  /** Prefixes, ranges and check digits. */
  passes(digits: Uint8Array, length: number): boolean
  /** In these shapes it looks like any other number, so one of these words has to be in the 40 characters before it. Lower case. */
  context?: { word: RegExp; shapes: readonly string[] }
}

/** Σ weight × digit over the leading digits. */
export function weighted(digits: Uint8Array, weights: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < weights.length; i += 1) sum += (weights[i] ?? 0) * digitAt(digits, i)
  return sum
}

export const digitAt = (digits: Uint8Array, index: number): number => digits[index] ?? 0

/** 1111…: passes many checksums and is never a real number. */
export function isOneDigitOnly(digits: Uint8Array, length: number): boolean {
  for (let i = 1; i < length; i += 1) if (digits[i] !== digits[0]) return false
  return true
}

/** ISO/IEC 7812-1 annex B. */
export function passesLuhn(digits: Uint8Array, length: number): boolean {
  let sum = 0
  for (let i = length - 1, isDoubled = false; i >= 0; i -= 1, isDoubled = !isDoubled) {
    const digit = digitAt(digits, i) * (isDoubled ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}
