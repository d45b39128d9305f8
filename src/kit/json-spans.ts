// Positions in JSON instead of objects. A gateway reads a few members of a document and changes fewer. All
// other bytes must stay unchanged: unknown fields, number formats, key order and spacing. So nothing is
// parsed into objects, and nothing is serialized from them.
//
// The rule: `scan` reads a whole document once and refuses everything that RFC 8259 refuses, so that later
// code may trust it. It notes the positions of the top-level members. `members` and `elements` walk one level
// further on request. They check only for duplicate keys, because two readers that pick different duplicates
// see different requests (we authorize the first "model", the vendor runs the last). `splice` (splice.ts)
// replaces spans and copies the bytes between them.
//
// Offsets are bytes of the source. In addition to the bytes there is their latin1 copy, a string with one
// character per byte. String search runs at memory speed, reads from a typed array are twice as fast as
// charCodeAt, and offsets need no conversion. Text is decoded as UTF-8 only where a value is read
// (`stringAt`).
//
// Invariants: spans lie inside the source, a string's span includes its quotes, a member's key is compared
// decoded ("mod\u0065l" is "model"), `__proto__` is a key like any other (members live in Maps). Limits: the
// caller checks that the bytes are UTF-8 (`isUtf8` of node:buffer), and a byte order mark is a fault.
// Duplicates inside unread objects pass through unchanged. Spans are valid only for the source that they were
// made from.

import { JsonFault } from './json-fault.ts'
import { beginValidation, skipSpace, validateKey, validateValue } from './json-validator.ts'
import type { Validation } from './json-validator.ts'

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

/** Bytes [start, end) of a source. */
export interface JsonSpan {
  readonly kind: JsonKind
  readonly start: number
  readonly end: number
}

export interface JsonSource {
  readonly bytes: Uint8Array
  /** The bytes as latin1, which is not the decoded text. */
  readonly latin1: string
}

export interface JsonDocument extends JsonSource {
  readonly root: JsonSpan
  /** The top-level members by decoded key. Empty if the root is not an object. */
  readonly members: ReadonlyMap<string, JsonSpan>
}

/**
 * Checks a whole document and notes the positions of its top-level members.
 * @throws JsonFault `syntax`, `depth` (more than `maxDepth` nested containers), `duplicate` (a top-level key
 * twice)
 */
export function scan(source: Uint8Array | string, limits: { maxDepth: number }): JsonDocument {
  const bytes = typeof source === 'string' ? Buffer.from(source) : source
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const validation = beginValidation(bytes, latin1, limits.maxDepth)
  const start = skipSpace(bytes, 0)
  const members = new Map<string, JsonSpan>()
  const end =
    bytes[start] === 0x7b ? scanMembers(validation, start, members) : validateValue(validation, start, 0)
  const rest = skipSpace(bytes, end)
  if (rest < bytes.length) throw new JsonFault('syntax', 'something follows the document', rest)
  return { bytes, latin1, members, root: { kind: kindAt(bytes, start), start, end } }
}

function scanMembers(validation: Validation, open: number, members: Map<string, JsonSpan>): number {
  const { bytes, maxDepth } = validation
  if (maxDepth < 1) throw new JsonFault('depth', `nested deeper than ${maxDepth} levels`, open)
  let i = skipSpace(bytes, open + 1)
  if (bytes[i] === 0x7d) return i + 1
  for (;;) {
    const start = skipSpace(bytes, validateKey(validation, i))
    const keyEnd = stringEnd(validation, i)
    const end = validateValue(validation, start, 1)
    addMember(validation, members, i, keyEnd, { kind: kindAt(bytes, start), start, end })
    i = skipSpace(bytes, end)
    if (bytes[i] === 0x7d) return i + 1
    if (bytes[i] !== 0x2c) throw new JsonFault('syntax', 'expected "," or "}"', i)
    i = skipSpace(bytes, i + 1)
  }
}

/**
 * The members of one object of a scanned source, by decoded key.
 * @throws JsonFault `duplicate`
 */
export function members(source: JsonSource, object: JsonSpan): Map<string, JsonSpan> {
  const { bytes } = source
  const found = new Map<string, JsonSpan>()
  let i = skipFiller(bytes, object.start + 1)
  while (i < object.end - 1) {
    const keyEnd = stringEnd(source, i)
    const start = skipFiller(bytes, keyEnd)
    const end = valueEnd(source, start)
    addMember(source, found, i, keyEnd, { kind: kindAt(bytes, start), start, end })
    i = skipFiller(bytes, end)
  }
  return found
}

/** The elements of one array of a scanned source. */
export function elements(source: JsonSource, array: JsonSpan): JsonSpan[] {
  const { bytes } = source
  const found: JsonSpan[] = []
  let i = skipFiller(bytes, array.start + 1)
  while (i < array.end - 1) {
    const end = valueEnd(source, i)
    found.push({ kind: kindAt(bytes, i), start: i, end })
    i = skipFiller(bytes, end)
  }
  return found
}

/** The same, one element at a time, for long arrays that are read in steps. */
export function* eachElement(source: JsonSource, array: JsonSpan): Generator<JsonSpan, undefined> {
  const { bytes } = source
  let i = skipFiller(bytes, array.start + 1)
  while (i < array.end - 1) {
    const end = valueEnd(source, i)
    yield { kind: kindAt(bytes, i), start: i, end }
    i = skipFiller(bytes, end)
  }
}

/** The text of a string span with its escapes decoded. Lone surrogates stay unchanged. */
export function stringAt(source: JsonSource, span: JsonSpan): string {
  return unquote(source, span.start, span.end)
}

export function numberAt(source: JsonSource, span: JsonSpan): number {
  return Number(source.latin1.slice(span.start, span.end))
}

export function booleanAt(source: JsonSource, span: JsonSpan): boolean {
  return source.bytes[span.start] === 0x74
}

const notPlain = /[\\\x80-\xff]/

function unquote({ bytes, latin1 }: JsonSource, start: number, end: number): string {
  const raw = latin1.slice(start + 1, end - 1)
  if (!notPlain.test(raw)) return raw
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'))
}

export function addMember(
  source: JsonSource,
  found: Map<string, JsonSpan>,
  keyStart: number,
  keyEnd: number,
  value: JsonSpan,
): void {
  const key = keyAt(source, keyStart, keyEnd)
  const before = found.size
  found.set(key, value)
  if (found.size === before)
    throw new JsonFault(
      'duplicate',
      `duplicate key ${nameable.test(key) ? `"${key}"` : ''}`.trimEnd(),
      keyStart,
    )
}

/** Like `unquote`, for keys, which are usually short, plain and the same in every document. */
export function keyAt(source: JsonSource, start: number, end: number): string {
  const { bytes, latin1 } = source
  const length = end - start - 2
  const at = (length * 31 + bytes[start + 1]! * 7 + bytes[end - 2]!) & (knownKeys.length - 1)
  const known = knownKeys[at]!
  if (known.length === length && latin1.startsWith(known, start + 1)) return known
  for (let i = start + 1; i < end; i++)
    if (bytes[i] === 0x5c || bytes[i]! >= 0x80) return unquote(source, start, end)
  const key = latin1.slice(start + 1, end - 1)
  if (length <= longestKnownKey) knownKeys[at] = key
  return key
}

/**
 * The last plain key of each slot, so that a repeated key needs neither a new string nor a new hash. An empty
 * slot has the empty key.
 */
const knownKeys: string[] = Array.from({ length: 512 }, () => '')
const longestKnownKey = 32

/** Keys of this form are names. Any other key may be content and must not be in messages. */
const nameable = /^[a-z][a-z0-9_]{0,39}$/i

export function kindAt(bytes: Uint8Array, at: number): JsonKind {
  const first = bytes[at]
  if (first === 0x22) return 'string'
  if (first === 0x7b) return 'object'
  if (first === 0x5b) return 'array'
  if (first === 0x74 || first === 0x66) return 'boolean'
  return first === 0x6e ? 'null' : 'number'
}

/** The offset after a value of a scanned source. */
export function valueEnd(source: JsonSource, at: number): number {
  const { bytes } = source
  const first = bytes[at]
  if (first === 0x22) return stringEnd(source, at)
  let i = at
  if (first !== 0x7b && first !== 0x5b) {
    while (i < bytes.length && isScalarByte(bytes[i]!)) i++
    return i
  }
  let depth = 0
  for (;;) {
    const byte = bytes[i]
    if (byte === 0x22) {
      i = stringEnd(source, i)
      continue
    }
    i++
    if (byte === 0x7b || byte === 0x5b) depth++
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return i
  }
}

/** The offset after the string whose opening quote is at `at`, in a scanned source. */
export function stringEnd({ bytes, latin1 }: JsonSource, at: number): number {
  let i = at + 1
  const near = Math.min(i + 16, bytes.length)
  for (; i < near; i++) {
    const byte = bytes[i]
    if (byte === 0x22) return i + 1
    if (byte === 0x5c) i++
  }
  for (;;) {
    const quote = latin1.indexOf('"', i)
    let slash = quote
    while (slash > i && bytes[slash - 1] === 0x5c) slash--
    if ((quote - slash) % 2 === 0) return quote + 1
    i = quote + 1
  }
}

function isScalarByte(byte: number): boolean {
  return byte > 0x20 && byte !== 0x2c && byte !== 0x7d && byte !== 0x5d
}

/** The offset after spaces, commas and colons, which are valid in a scanned source. */
function skipFiller(bytes: Uint8Array, at: number): number {
  let i = at
  while (i < bytes.length && (bytes[i]! <= 0x20 || bytes[i] === 0x2c || bytes[i] === 0x3a)) i++
  return i
}
