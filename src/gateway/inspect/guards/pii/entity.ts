// The interface of a kind of personal data for the pii guard. The list is in ../pii.ts.
//
// All texts are folded (../fold.ts), and positions refer to the folded text. A report may depend on up to 64
// characters before the span, and on 2 characters, or a gap and four digits, after it.

export type Entity = SignEntity | RunEntity | GroupEntity

export type Add = (start: number, end: number) => void

/** Searches the text for a sign, for example `@`. */
export interface SignEntity {
  kind: 'sign'
  name: string
  /** Reports every match that begins at or after `from`, in order. */
  find(text: string, from: number, add: Add): void
}

/** A match begins with a run of digits, or with at most two characters before it. */
export interface RunEntity {
  kind: 'run'
  name: string
  /**
   * May a match begin with so many digits? Asked once per length when the guard is made, so that most runs of
   * a text cost nothing.
   */
  mayBegin(length: number, isAfterLetter: boolean): boolean
  /** @param start where the digits begin. No digit touches [start, end). */
  read(text: string, start: number, end: number, add: Add): void
}

/** Groups of digits with gaps between them (gap.ts). */
export interface GroupEntity {
  kind: 'groups'
  name: string
  /** Total digits, shortest and longest. */
  lengths: readonly [number, number]
  /**
   * Lengths of the groups with the kinds of gaps between them (gap.ts): `4 4 4 4`, `3.3.3-2`, `16`. At most
   * six groups.
   */
  shapes: readonly string[]
  /** What the first digit may be. Absent: any. */
  begins?: readonly number[]
  /**
   * A match in the 40 characters before the number (lower case) allows any grouping. It must not match
   * digits.
   */
  announced?: RegExp
  /** Are these digits a group although letters touch them? */
  isGlued?(text: string, start: number, end: number): boolean
  accepts(number: GroupedNumber): boolean
}

/** One object for all numbers of a text: valid only while an entity checks it. */
export interface GroupedNumber {
  /** Values from 0 to 9; only the first `length` belong to the number. */
  readonly digits: Uint8Array
  readonly length: number
  readonly groups: number
  /** A context word precedes the number, so its groups may have any shape. */
  readonly isAnnounced: boolean
  /** One space, dash or dot in every gap. */
  isPlain(): boolean
  /** Is it part of a longer row of numbers of the same width? */
  isInTable(): boolean
  /** Up to 40 characters before it, in lower case, for context words. */
  before(): string
}

export const digitAt = ({ digits }: GroupedNumber, index: number): number => digits[index]!

/** The value of the digits [start, end). */
export function valueOf({ digits }: GroupedNumber, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index += 1) value = value * 10 + digits[index]!
  return value
}

/** Σ weight × digit over the leading digits. */
export function weightedSum({ digits }: GroupedNumber, weights: readonly number[]): number {
  let sum = 0
  for (let index = 0; index < weights.length; index += 1) sum += weights[index]! * digits[index]!
  return sum
}

/** 1111… passes many checksums and is never a real number. */
export function isOneDigitOnly({ digits, length }: GroupedNumber): boolean {
  for (let index = 1; index < length; index += 1) if (digits[index] !== digits[0]) return false
  return true
}

/** ISO/IEC 7812-1 annex B. */
export function passesLuhn({ digits, length }: GroupedNumber): boolean {
  let sum = 0
  for (let index = length - 1; index >= 0; index -= 2) sum += digits[index]!
  for (let index = length - 2; index >= 0; index -= 2) {
    const doubled = digits[index]! * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
