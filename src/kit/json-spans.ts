// Positions in JSON instead of objects. A gateway looks at a few members of a document, changes fewer, and
// owes every other byte to its author: unknown fields, number formats, key order and spacing must survive. So
// nothing is parsed into objects and nothing is written back from them.
//
// The rule. `scan` reads a whole document once and refuses whatever RFC 8259 refuses, so that everything
// afterwards may trust it. It notes where the members of the top level lie. `members` and `elements` walk one
// level further where somebody asks; they check nothing again but duplicate keys, because two readers that
// pick different duplicates see different requests (we authorize the first "model", the vendor runs the
// last). `splice` (splice.ts) replaces spans; what lies between them is copied, not rewritten.
//
// Offsets are bytes of the source. Beside the bytes stands their latin1 twin, a string with one character per
// byte: string search runs at memory speed, byte reads from a typed array are twice as fast as charCodeAt,
// and no offset ever needs converting. Text is decoded as UTF-8 only where a value is read (`stringAt`).
//
// Invariants: spans lie inside the source, a string's span includes its quotes, a member's key is compared
// decoded ("mod\u0065l" is "model"), `__proto__` is a key like any other (members live in Maps).
// Limits: the caller checks that the bytes are UTF-8 (`isUtf8` of node:buffer), and a byte order mark is a
// fault. Duplicates inside objects that nobody reads pass through, as they would at the vendor. Spans are
// valid for the very source that they were made from.

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
  /** The bytes as latin1. Not the text that they mean. */
  readonly latin1: string
}

export interface JsonDocument extends JsonSource {
  readonly root: JsonSpan
  /** Members of the top level by decoded key; empty when the root is no object. */
  readonly members: ReadonlyMap<string, JsonSpan>
}

/**
 * Checks a whole document and notes where its top-level members lie.
 * @throws JsonFault `syntax`, `depth` (more containers in each other than `maxDepth`), `duplicate` (a
 * top-level key twice)
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

/** The same one by one, for long arrays that are read in steps. */
export function* eachElement(source: JsonSource, array: JsonSpan): Generator<JsonSpan, undefined> {
  const { bytes } = source
  let i = skipFiller(bytes, array.start + 1)
  while (i < array.end - 1) {
    const end = valueEnd(source, i)
    yield { kind: kindAt(bytes, i), start: i, end }
    i = skipFiller(bytes, end)
  }
}

/** The text of a string span, escapes resolved; lone surrogates stay as they are. */
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
 * The last plain key of each slot: a key that comes again needs neither a new string nor a new hash of it. An
 * empty slot holds the empty key.
 */
const knownKeys: string[] = Array.from({ length: 512 }, () => '')
const longestKnownKey = 32

/** Keys of this form are names, anything else may be content and stays out of messages. */
const nameable = /^[a-z][a-z0-9_]{0,39}$/i

export function kindAt(bytes: Uint8Array, at: number): JsonKind {
  const first = bytes[at]
  if (first === 0x22) return 'string'
  if (first === 0x7b) return 'object'
  if (first === 0x5b) return 'array'
  if (first === 0x74 || first === 0x66) return 'boolean'
  return first === 0x6e ? 'null' : 'number'
}

/** Behind a value of a scanned source. */
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

/** Behind the string whose opening quote stands at `at`, in a scanned source. */
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

/** Behind spaces, commas and colons, which a scanned source has in the right places. */
function skipFiller(bytes: Uint8Array, at: number): number {
  let i = at
  while (i < bytes.length && (bytes[i]! <= 0x20 || bytes[i] === 0x2c || bytes[i] === 0x3a)) i++
  return i
}
