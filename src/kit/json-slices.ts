// `scan` for long documents: the same checks (json-validator.ts), slice by slice, with other calls in
// between. `scan` has its own loop over the top-level members, because a generator would take 50 % longer for
// a short document.

import { JsonFault } from './json-fault.ts'
import { addMember, kindAt, scan, stringEnd } from './json-spans.ts'
import type { JsonDocument, JsonSpan } from './json-spans.ts'
import { beginValidation, endKey, skipSpace, validateKey, validateValue } from './json-validator.ts'
import type { Validation } from './json-validator.ts'
import { runInSlices } from './steps.ts'
import type { Pause, Steps } from './steps.ts'

/** The bytes that are checked at once: up to 2 ms of the densest JSON. */
export const scanSlice = 262_144

export interface SliceLimits {
  maxDepth: number
  /** The bytes in a slice. Default: `scanSlice`. */
  slice?: number
}

/** Like `scan`, with the same result, for a long document. */
export function scanInSlices(
  bytes: Uint8Array,
  { maxDepth, slice = scanSlice }: SliceLimits,
  pause: Pause,
): Promise<JsonDocument> {
  return runInSlices(scanSteps(bytes, maxDepth, slice), pause)
}

/** The results for long documents that were scanned in slices, for `scanOnce`. */
const scanned = new WeakMap<Uint8Array, { maxDepth: number; document: JsonDocument }>()

/**
 * Scans a long document ahead of `scanOnce`. A short one is left to `scanOnce`. @throws JsonFault as `scan`
 */
export async function scanAhead(
  bytes: Uint8Array,
  { maxDepth }: { maxDepth: number },
  pause: Pause,
): Promise<JsonDocument | undefined> {
  if (bytes.length <= scanSlice) return undefined
  const known = scanned.get(bytes)
  if (known?.maxDepth === maxDepth) return known.document
  const document = await scanInSlices(bytes, { maxDepth }, pause)
  scanned.set(bytes, { maxDepth, document })
  return document
}

/** Like `scan`, but uses the result of an earlier scan in slices. */
export function scanOnce(bytes: Uint8Array, limits: { maxDepth: number }): JsonDocument {
  const known = bytes.length > scanSlice ? scanned.get(bytes) : undefined
  return known?.maxDepth === limits.maxDepth ? known.document : scan(bytes, limits)
}

function* scanSteps(bytes: Uint8Array, maxDepth: number, slice: number): Steps<JsonDocument> {
  const latin1 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  yield
  const validation = beginValidation(bytes, latin1, maxDepth, slice)
  const start = skipSpace(bytes, 0)
  const members = new Map<string, JsonSpan>()
  const end =
    bytes[start] === 0x7b
      ? yield* scanMembers(validation, start, members, slice)
      : yield* scanValue(validation, start, 0, slice)
  const rest = skipSpace(bytes, end)
  if (rest < bytes.length) throw new JsonFault('syntax', 'something follows the document', rest)
  return { bytes, latin1, members, root: { kind: kindAt(bytes, start), start, end } }
}

function* scanMembers(
  validation: Validation,
  open: number,
  members: Map<string, JsonSpan>,
  slice: number,
): Steps<number> {
  const { bytes, maxDepth } = validation
  if (maxDepth < 1) throw new JsonFault('depth', `nested deeper than ${maxDepth} levels`, open)
  let i = skipSpace(bytes, open + 1)
  if (bytes[i] === 0x7d) return i + 1
  for (;;) {
    let colon = validateKey(validation, i)
    while (colon < 0) {
      yield
      validation.pauseAt = ~colon + slice
      colon = endKey(validation, ~colon)
    }
    const start = skipSpace(bytes, colon)
    const keyEnd = stringEnd(validation, i)
    const end = yield* scanValue(validation, start, 1, slice)
    addMember(validation, members, i, keyEnd, { kind: kindAt(bytes, start), start, end })
    i = skipSpace(bytes, end)
    if (bytes[i] === 0x7d) return i + 1
    if (bytes[i] !== 0x2c) throw new JsonFault('syntax', 'expected "," or "}"', i)
    i = skipSpace(bytes, i + 1)
  }
}

function* scanValue(validation: Validation, start: number, outer: number, slice: number): Steps<number> {
  let end = validateValue(validation, start, outer)
  while (end < 0) {
    yield
    validation.pauseAt = ~end + slice
    end = validateValue(validation, ~end, outer)
  }
  return end
}
