// The format of the journal's lines: content, encoding and decoding. Pure; journal.ts writes them.
//
// A line is `crc32hex SP json LF`: eight hex digits of the CRC-32 of the JSON's UTF-8 bytes, a space, the
// JSON, a line feed. JSON never contains a raw line feed, so a reader continues after the next line feed if a
// line is bad. A line is at most 16 KiB. The first line of a segment is its header. Offsets are bytes from
// the start of the file.

import type { AttemptRecord, Charge, ExchangeRecord } from '../../contract/record.ts'

export const lineLimitBytes = 16 * 1024
/** Segments of format 1 do not name their predecessor, and have no `head`. */
export const formatVersion = 2

/**
 * The data of an exchange when its first attempt starts. It is enough to write the record of an exchange that
 * was cut.
 */
export type RecordBase = Omit<
  ExchangeRecord,
  | 'outcome'
  | 'status'
  | 'code'
  | 'usage'
  | 'costNano'
  | 'costBasis'
  | 'attempts'
  | 'charges'
  | 'finish'
  | 'replyBytes'
  | 'times'
  | 'isBoundBroken'
>

/** Written before the first upstream byte of an attempt. */
export interface OpenEntry {
  kind: 'open'
  exchange: string
  /** The first attempt is 1. */
  attempt: number
  /** ms since the epoch */
  at: number
  target: string
  /** The maximum cost of this attempt, nano-dollars as a decimal string. Absent means unknown. */
  boundNano?: string
  /** The amounts that this attempt reserved, by bucket. */
  buckets: readonly Charge[]
  base: RecordBase
  /** The attempts that ended before this one began. It replaces the entries of earlier attempts. */
  earlier?: { attempts: readonly AttemptRecord[]; charges: readonly Charge[]; costNano?: string }
}

export interface CloseEntry {
  kind: 'close'
  record: ExchangeRecord
  /** The record's own JSON, if the line was read. */
  json?: string
}

/** The totals of a hold after a grant or a return. They are used for proof, not for accounting. */
export interface GrantEntry {
  kind: 'grant'
  at: number
  /** The `seq` of the acquire that the store granted. A store with a lower one was restored from a backup. */
  seq?: number
  holds: readonly { budget: string; window: string; granted: string; returned: string }[]
}

/** The last line of a journal that was closed cleanly: nothing is missing. */
export interface CleanEntry {
  kind: 'clean-close'
  at: number
}

export interface SegmentHeader {
  kind: 'segment'
  format: number
  holder: string
  epoch: number
  number: number
  /**
   * The kernel's boot id, so that a later start can determine whether power may have been lost in between.
   */
  bootId: string
  /** `each`: acknowledged entries are on the disk. `batch`: a loss of power may lose up to 100 ms of them. */
  sync: 'batch' | 'each'
  at: number
  /** A segment that failed. Its content from `offset` on is repeated here. */
  replaces?: { number: number; offset: number }
  /**
   * The last granted acquire of this epoch before this segment. A store with a lower one was restored from a
   * backup. This works even if the lines of the grants are lost.
   */
  seq?: number
  /** Recovery wrote this segment, with the closes of exchanges that were cut. `head` does not name it. */
  isRecovered?: true
  /**
   * The previous segment, as it was at its end. Absent for the first segment of its folder, or if the earlier
   * journal is lost.
   */
  previous?: SegmentEnd
}

/** A segment's length and the CRC-32 of its bytes, which its successor names. */
export interface SegmentEnd {
  number: number
  epoch: number
  bytes: number
  crc: number
}

export type Entry = OpenEntry | CloseEntry | GrantEntry | CleanEntry | SegmentHeader

export function encodeLine(entry: Entry): string {
  const json = JSON.stringify(entry)
  return `${crcHex(json)} ${json}\n`
}

/** Does it fit? Counts bytes only if the number of characters does not decide it. */
export function fitsLine(line: string): boolean {
  if (line.length > lineLimitBytes) return false
  return line.length * 3 <= lineLimitBytes || Buffer.byteLength(line) <= lineLimitBytes
}

/** A valid line of a kind that was not requested. */
export interface UnreadEntry {
  kind: 'unread'
}

const unread: UnreadEntry = { kind: 'unread' }

/**
 * @param line the bytes without the line feed
 * @param only other kinds are checked, but not parsed, because parsing is most of the cost
 * @returns undefined if the line is damaged or not one of ours
 */
export function parseLine(line: Uint8Array): Entry | undefined
export function parseLine(line: Uint8Array, only: 'close' | undefined): Entry | UnreadEntry | undefined
export function parseLine(line: Uint8Array, only?: 'close'): Entry | UnreadEntry | undefined {
  if (line.length < 11 || line.length >= lineLimitBytes || line[8] !== space) return undefined
  const json = line.subarray(9)
  if (crcOf(json) !== readHex(line)) return undefined
  // lines begin with their kind: {"kind":"close",…
  if (only !== undefined && json[kindAt] !== letterC) return unread
  try {
    const text = decoder.decode(json)
    const entry: unknown = JSON.parse(text)
    if (!isEntry(entry)) return undefined
    if (only === 'close' && entry.kind === 'close' && text.startsWith(closeStart))
      entry.json = text.slice(closeStart.length, -1)
    return entry
  } catch {
    return undefined
  }
}

export const segmentName = (number: number) => `${String(number).padStart(10, '0')}.journal`

/**
 * The number in a segment's file name; undefined for other files. The names of drained segments end in
 * `.drained`.
 */
export function segmentNumber(name: string): number | undefined {
  const match = /^(\d{10})\.(journal|drained)$/.exec(name)
  return match ? Number(match[1]) : undefined
}

const space = 0x20
const kindAt = '{"kind":"'.length
const closeStart = '{"kind":"close","record":'
const letterC = 'c'.charCodeAt(0)
// a BOM inside a string is content, not a mark
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @param before the CRC-32 of the preceding bytes */
export const crcOf = (data: string | Uint8Array, before = 0): number => Bun.hash.crc32(data, before)

const crcHex = (json: string) => (crcOf(json) + 0x1_0000_0000).toString(16).slice(1)

function readHex(line: Uint8Array): number {
  let value = 0
  for (let index = 0; index < 8; index += 1) {
    const byte = line[index] ?? 0
    const digit =
      byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : Number.NaN
    value = value * 16 + digit
  }
  return value
}

const kinds: ReadonlySet<unknown> = new Set<Entry['kind']>([
  'open',
  'close',
  'grant',
  'clean-close',
  'segment',
])

// The CRC proves that we wrote this line, so its kind determines the type of the rest.
const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && 'kind' in value && kinds.has(value.kind)
