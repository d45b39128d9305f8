// Reads a segment of the journal from an offset on, valid and invalid lines. It is synchronous, because it
// runs at the start and in the drain's thread.

import { closeSync, openSync, readSync } from 'node:fs'
import type { Entry, UnreadEntry } from './journal-format.ts'
import { lineLimitBytes, parseLine } from './journal-format.ts'

/** A stretch of a segment, bytes [start, end). */
export type Stretch<Read = Entry> =
  | { kind: 'entry'; start: number; end: number; entry: Read }
  /** An invalid line. `bytes` has at most its first 16 KiB. */
  | { kind: 'bad'; start: number; end: number; bytes: Uint8Array }
  /** The bytes after the last line feed: a line that is still being written, or was never finished. */
  | { kind: 'rest'; start: number; end: number; bytes: Uint8Array }

/** With `only`, complete lines of other kinds are returned as `unread`. */
type Skimming = Generator<Stretch<Entry | UnreadEntry>, void, undefined>

/** Every byte from `from` on belongs to exactly one stretch, in order. */
export function readSegment(
  path: string,
  from?: number,
  chunkBytes?: number,
): Generator<Stretch, void, undefined>
export function readSegment(
  path: string,
  from: number,
  chunkBytes: number | undefined,
  only: 'close' | undefined,
): Skimming
export function* readSegment(path: string, from = 0, chunkBytes = 512 * 1024, only?: 'close'): Skimming {
  const file = openSync(path, 'r')
  try {
    yield* splitLines(
      (buffer, position) => readSync(file, buffer, 0, buffer.length, position),
      from,
      chunkBytes,
      only,
    )
  } finally {
    closeSync(file)
  }
}

/** Fills the buffer from a position and returns how many bytes were read; 0 at the end. */
type Read = (buffer: Uint8Array, position: number) => number

export function splitLines(
  read: Read,
  from?: number,
  chunkBytes?: number,
): Generator<Stretch, void, undefined>
export function splitLines(read: Read, from: number, chunkBytes: number, only: 'close' | undefined): Skimming
export function* splitLines(read: Read, from = 0, chunkBytes = 512 * 1024, only?: 'close'): Skimming {
  const buffer = new Uint8Array(chunkBytes)
  let position = from
  let badSince: { start: number; bytes: Uint8Array } | undefined
  for (;;) {
    const length = read(buffer, position)
    if (length === 0) break
    let start = 0
    for (
      let feed = buffer.indexOf(lineFeed);
      feed !== -1 && feed < length;
      feed = buffer.indexOf(lineFeed, start)
    ) {
      const line = buffer.subarray(start, feed)
      const [first, end] = [position + start, position + feed + 1]
      start = feed + 1
      if (badSince) {
        yield { kind: 'bad', end, ...badSince }
        badSince = undefined
        continue
      }
      const entry = parseLine(line, only)
      yield entry
        ? { kind: 'entry', start: first, end, entry }
        : { kind: 'bad', start: first, end, bytes: line.slice(0, lineLimitBytes) }
    }
    const rest = buffer.subarray(start, length)
    // longer than any line: skip to the next line feed without buffering
    if (rest.length >= lineLimitBytes)
      badSince ??= { start: position + start, bytes: rest.slice(0, lineLimitBytes) }
    if (badSince) {
      position += length
      continue
    }
    if (start === 0) {
      const more = read(new Uint8Array(1), position + length)
      if (more === 0) {
        if (rest.length > 0)
          yield { kind: 'rest', start: position, end: position + length, bytes: rest.slice() }
        return
      }
      if (length < chunkBytes) continue
    }
    position += start
  }
  if (badSince) yield { kind: 'rest', end: position, ...badSince }
}

const lineFeed = 0x0a
