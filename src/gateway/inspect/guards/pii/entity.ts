// What a kind of personal data is to the pii guard. One file each; the list is in ../pii.ts.

/** All texts are folded (see ../fold.ts); positions are of the folded text. */
export type Entity = TextEntity | DigitEntity

/**
 * Looks for itself. Whether a span is reported may depend on up to 64 characters before it and 2 after it, or
 * a gap and four digits.
 */
export interface TextEntity {
  kind: 'text'
  name: string
  /** Without one of these characters in the text there is nothing to look for. */
  needs: 'digit' | 'at' | 'colon'
  find(text: string, from: number, add: (start: number, end: number) => void): void
}

/** Is shown every sequence of digit groups of its shapes. */
export interface DigitEntity {
  kind: 'digits'
  name: string
  /** Total digits, shortest and longest. */
  lengths: readonly [number, number]
  /**
   * Lengths of the groups with the kinds of gaps between them (gap.ts): `4 4 4 4`, `3.3.3-2`, `16`. At most
   * six groups.
   */
  shapes: readonly string[]
  /** What the first digit may be; absent: any. */
  begins?: readonly number[]
  /** In the 40 characters before it (lower case), this makes any grouping acceptable. */
  announced?: RegExp
  /** May these digits be read as a group although letters touch them? */
  isGlued?(text: string, start: number, end: number): boolean
  /**
   * @param digits `4111111111111111`
   * @param shape absent when a word announced the number
   * @param before up to 40 characters before it, lower case, for context words
   */
  accepts(digits: string, shape: Shape | undefined, before: () => string): boolean
}

export interface Shape {
  groups: number
  /** One space, dash or dot in every gap. */
  isPlain(): boolean
  /** Does a longer row of numbers of the same width go on before or after it? */
  isInTable(): boolean
}

export const digitAt = (digits: string, index: number): number => digits.charCodeAt(index) - 48

/** Σ weight × digit over the leading digits. */
export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0
  for (let i = 0; i < weights.length; i += 1) sum += (weights[i] ?? 0) * digitAt(digits, i)
  return sum
}

/** 1111…: passes many checksums and is never a real number. */
export function isOneDigitOnly(digits: string): boolean {
  const first = digits.charCodeAt(0)
  for (let i = 1; i < digits.length; i += 1) if (digits.charCodeAt(i) !== first) return false
  return true
}

/** ISO/IEC 7812-1 annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = digits.length - 1, isDoubled = false; i >= 0; i -= 1, isDoubled = !isDoubled) {
    const digit = digitAt(digits, i) * (isDoubled ? 2 : 1)
    sum += digit > 9 ? digit - 9 : digit
  }
  return sum % 10 === 0
}
