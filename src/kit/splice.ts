// Replaces spans of bytes and copies the bytes between them.

export interface Splice {
  /** The replacement replaces bytes [start, end). */
  start: number
  end: number
  /** Written as UTF-8. */
  replacement: string | Uint8Array
}

/**
 * @param splices do not overlap; in any order
 * @returns the source itself if there are no splices
 * @throws RangeError if splices overlap or are outside the source
 */
export function splice(source: Uint8Array, splices: readonly Splice[]): Uint8Array {
  if (splices.length === 0) return source
  const parts: Uint8Array[] = []
  let at = 0
  for (const { start, end, replacement } of splices.toSorted((a, b) => a.start - b.start)) {
    if (start < at || end < start || end > source.length)
      throw new RangeError(`splice [${start}, ${end}) overlaps another or lies outside`)
    parts.push(
      source.subarray(at, start),
      typeof replacement === 'string' ? Buffer.from(replacement) : replacement,
    )
    at = end
  }
  parts.push(source.subarray(at))
  return Buffer.concat(parts)
}
