// Walks over one JSON document and throws at the first byte that breaks RFC 8259. It builds nothing;
// json-spans.ts says what it is for.
//
// The code is written for speed (measured: 1.2 µs per KB of the densest JSON, a third of that for prose):
// - Bytes come from the typed array, which is twice as fast as charCodeAt, and stay in local variables. The same
//   loop as methods over fields took three times as long. Short strings are walked inline. Long ones are skipped
//   by indexOf on the latin1 copy.
// - indexOf('\\') would search to the end of the document for each string, which is quadratic. So its last
//   result is kept until it is passed. The same holds for control characters.
// - Control characters other than tab and line ends are refused for the whole document at once, by a regular
//   expression that runs at memory speed. So outside of strings every byte up to 0x20 is white space.
// - There is no recursion, so depth costs memory and not the call stack. A read after the end gives undefined,
//   which equals no byte.
//
// A walk over a long document pauses at `pauseAt`, before a value or inside a long string. It then returns
// the complement of the offset (a negative number), to be called with again after `pauseAt` was moved.

import { JsonFault } from './json-fault.ts'

/** Strings up to this length are walked byte by byte, because a call of indexOf costs as much. */
const nearBytes = 32

const endsRun = table('"\\', 0x20)
const isDigit = table('0123456789')
const isHex = table('0123456789abcdefABCDEF')
const isEscape = table('"\\/bfnrt')

// oxlint-disable no-control-regex -- finding control characters is their purpose
const forbidden = /[\x00-\x08\x0b\x0c\x0e-\x1f]/
const control = /[\x00-\x1f]/g
// oxlint-enable no-control-regex

/**
 * An offset after every document. It is an integer, because Infinity would turn the offsets into
 * floating-point numbers.
 */
const none = 0x7fffffff

export interface Validation {
  readonly bytes: Uint8Array
  /** The bytes as latin1. */
  readonly latin1: string
  readonly maxDepth: number
  /** The positions of the next backslash and control character, as far as they were searched. */
  nextBackslash: number
  nextControl: number
  /** The walk pauses at the first place after this offset. */
  pauseAt: number
  /** The state of a paused value. */
  paused: Paused | undefined
}

interface Paused {
  enclosing: number[]
  depth: number
  close: number
  /** Before a value, or inside the string of a value or of a key. */
  place: 'value' | 'string' | 'key'
}

/** @throws JsonFault for control characters that are not allowed in JSON */
export function beginValidation(
  bytes: Uint8Array,
  latin1: string,
  maxDepth: number,
  pauseAt = none,
): Validation {
  const found = forbidden.exec(latin1)
  if (found !== null) throw new JsonFault('syntax', 'control character', found.index)
  return { bytes, latin1, maxDepth, nextBackslash: -1, nextControl: -1, pauseAt, paused: undefined }
}

/**
 * Reads one value that begins at `at` (spaces may come first), inside `outer` containers. Returns the offset
 * after it, or where it paused.
 */
export function validateValue(validation: Validation, at: number, outer: number): number {
  const { bytes, maxDepth, pauseAt, paused } = validation
  const length = bytes.length
  const enclosing = paused?.enclosing ?? scratch
  let depth = paused?.depth ?? outer
  let close = paused?.close ?? 0
  let isInString = paused?.place === 'string'
  let i = at
  if (paused !== undefined) validation.paused = undefined
  if (paused?.place === 'key' && (i = endKey(validation, i)) < 0)
    return pause(validation, i, { enclosing, depth, close, place: 'key' })
  for (;;) {
    if (isInString) {
      isInString = false
      if ((i = validateString(validation, i)) < 0)
        return pause(validation, i, { enclosing, depth, close, place: 'string' })
    } else {
      if (i >= pauseAt) return pause(validation, ~i, { enclosing, depth, close, place: 'value' })
      let byte = bytes[i]!
      while (byte <= 0x20) byte = bytes[++i]!
      if (byte === 0x22) {
        i++
        const near = i + nearBytes < length ? i + nearBytes : length
        while (i < near && endsRun[(byte = bytes[i]!)] === 0) i++
        if (i < near && byte === 0x22) i++
        else if ((i = validateString(validation, i)) < 0)
          return pause(validation, i, { enclosing, depth, close, place: 'string' })
      } else if (byte === 0x7b || byte === 0x5b) {
        if (depth >= maxDepth) throw new JsonFault('depth', `nested deeper than ${maxDepth} levels`, i)
        const open = byte
        byte = bytes[++i]!
        while (byte <= 0x20) byte = bytes[++i]!
        if (byte === open + 2) i++
        else {
          enclosing[depth++] = close
          close = open + 2
          if (close === 0x7d && (i = validateKey(validation, i)) < 0)
            return pause(validation, i, { enclosing, depth, close, place: 'key' })
          continue
        }
      } else i = validateScalar(bytes, i)
    }

    for (;;) {
      if (depth === outer) return i
      let byte = bytes[i]!
      while (byte <= 0x20) byte = bytes[++i]!
      if (byte === 0x2c) {
        i++
        if (close === 0x7d && (i = validateKey(validation, i)) < 0)
          return pause(validation, i, { enclosing, depth, close, place: 'key' })
        break
      }
      if (byte !== close)
        throw new JsonFault('syntax', close === 0x7d ? 'expected "," or "}"' : 'expected "," or "]"', i)
      i++
      close = enclosing[--depth]!
    }
  }
}

function pause(validation: Validation, at: number, paused: Paused): number {
  const { enclosing, depth } = paused
  validation.paused = enclosing === scratch ? { ...paused, enclosing: enclosing.slice(0, depth) } : paused
  return at
}

/** For a value that is validated without a pause. */
const scratch: number[] = []

/**
 * Reads a member's key (spaces may come first) and its colon. Returns the offset after the colon, or where it
 * paused.
 */
export function validateKey(validation: Validation, at: number): number {
  const { bytes } = validation
  const length = bytes.length
  let i = skipSpace(bytes, at)
  let byte = bytes[i]!
  if (byte !== 0x22) throw new JsonFault('syntax', 'expected a key in double quotes', i)
  i++
  const near = i + nearBytes < length ? i + nearBytes : length
  while (i < near && endsRun[(byte = bytes[i]!)] === 0) i++
  if (i >= near || byte !== 0x22) return endKey(validation, i)
  i = skipSpace(bytes, i + 1)
  if (bytes[i] !== 0x3a) throw new JsonFault('syntax', 'expected ":"', i)
  return i + 1
}

/** Reads the rest of a key, and its colon. */
export function endKey(validation: Validation, at: number): number {
  const end = validateString(validation, at)
  if (end < 0) return end
  const i = skipSpace(validation.bytes, end)
  if (validation.bytes[i] !== 0x3a) throw new JsonFault('syntax', 'expected ":"', i)
  return i + 1
}

/** The offset of the first byte at or after `at` that is not white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
  let i = at
  while (bytes[i]! <= 0x20) i++
  return i
}

/**
 * Reads the rest of a string from any place between its quotes. Returns the offset after the closing quote,
 * or where it paused.
 */
function validateString(validation: Validation, at: number): number {
  const { bytes, latin1, pauseAt } = validation
  let i = at
  for (;;) {
    if (i >= pauseAt) return ~i
    const end = latin1.indexOf('"', i)
    const limit = end < 0 ? bytes.length : end
    if (validation.nextControl < i) validation.nextControl = controlFrom(latin1, i)
    if (validation.nextControl < limit)
      throw new JsonFault('syntax', 'control character in a string', validation.nextControl)
    let slash = backslashFrom(validation, i)
    while (slash < limit) {
      if (slash >= pauseAt) return ~slash
      i = validateEscape(bytes, slash)
      slash = backslashFrom(validation, i)
    }
    if (end < 0) throw new JsonFault('syntax', 'string without an end', bytes.length)
    // After `end` only if the quote that was found is escaped.
    if (i <= end) return end + 1
  }
}

function backslashFrom(validation: Validation, at: number): number {
  if (validation.nextBackslash < at) {
    const found = validation.latin1.indexOf('\\', at)
    validation.nextBackslash = found < 0 ? none : found
  }
  return validation.nextBackslash
}

function controlFrom(latin1: string, at: number): number {
  control.lastIndex = at
  return control.exec(latin1)?.index ?? none
}

/** Lone surrogates (`\ud800`) are legal JSON and pass. */
function validateEscape(bytes: Uint8Array, at: number): number {
  const letter = bytes[at + 1] ?? 0
  if (isEscape[letter] === 1) return at + 2
  if (
    letter === 0x75 &&
    isHex[bytes[at + 2] ?? 0] &&
    isHex[bytes[at + 3] ?? 0] &&
    isHex[bytes[at + 4] ?? 0] &&
    isHex[bytes[at + 5] ?? 0]
  )
    return at + 6
  throw new JsonFault('syntax', 'unknown escape in a string', at)
}

function validateScalar(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]
  if (byte === 0x74 && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65)
    return at + 4
  if (byte === 0x6e && bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c)
    return at + 4
  if (
    byte === 0x66 &&
    bytes[at + 1] === 0x61 &&
    bytes[at + 2] === 0x6c &&
    bytes[at + 3] === 0x73 &&
    bytes[at + 4] === 0x65
  )
    return at + 5
  if (byte === 0x2d || isDigit[byte ?? 0] === 1) return validateNumber(bytes, at)
  throw new JsonFault('syntax', byte === undefined ? 'ends where a value should be' : 'expected a value', at)
}

function validateNumber(bytes: Uint8Array, at: number): number {
  let i = bytes[at] === 0x2d ? at + 1 : at
  i = bytes[i] === 0x30 ? i + 1 : validateDigits(bytes, i)
  if (bytes[i] === 0x2e) i = validateDigits(bytes, i + 1)
  if ((bytes[i]! | 0x20) === 0x65) {
    const sign = bytes[i + 1]
    i = validateDigits(bytes, sign === 0x2b || sign === 0x2d ? i + 2 : i + 1)
  }
  return i
}

function validateDigits(bytes: Uint8Array, at: number): number {
  let i = at
  while (isDigit[bytes[i]!] === 1) i++
  if (i === at) throw new JsonFault('syntax', 'expected a digit', at)
  return i
}

/** 1 for each byte of `members` and each byte below `below`. */
function table(members: string, below = 0): Uint8Array {
  const flags = new Uint8Array(256).fill(1, 0, below)
  for (const member of members) flags[member.charCodeAt(0)] = 1
  return flags
}
