// The journal's lines: what is in them, how they are written, how they are read back. Pure; journal.ts does
// the writing.
//
// A line is `crc32hex SP json LF`: eight hex digits of the CRC-32 of the JSON's UTF-8 bytes, a space, the
// JSON, a line feed. JSON never contains a raw line feed, so a reader that meets a bad line goes on after
// the next one. A line is at most 16 KiB. The first line of a segment is its header. Offsets are bytes from
// the start of the file.

import type { AttemptRecord, Charge, ExchangeRecord } from '../../contract/record.ts'

export const lineLimitBytes = 16 * 1024
/** 1: before segments named their predecessor, without `head`. */
export const formatVersion = 2

/**
 * What is known of an exchange when its first attempt starts; enough to write the record of an exchange that
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
  /** 1 for the first. */
  attempt: number
  /** ms since the epoch */
  at: number
  target: string
  /** The most that this attempt can cost, nano-dollars as a decimal string; absent: unknown. */
  boundNano?: string
  /** What this attempt reserved, bucket by bucket. */
  buckets: readonly Charge[]
  base: RecordBase
  /** What ended before this attempt began. With it, entries of earlier attempts no longer count. */
  earlier?: { attempts: readonly AttemptRecord[]; charges: readonly Charge[]; costNano?: string }
}

export interface CloseEntry {
  kind: 'close'
  record: ExchangeRecord
  /** The record's own JSON, of a line that was read. */
  json?: string
}

/** Totals of a hold after the store granted or took back; for proof, not for money. */
export interface GrantEntry {
  kind: 'grant'
  at: number
  /** Of the acquire that the store granted: a store that knows less was set back. */
  seq?: number
  holds: readonly { budget: string; window: string; granted: string; returned: string }[]
}

/** The last line of a journal that was shut on purpose: nothing is missing. */
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
  /** The kernel's, so that a later start can tell whether power may have been lost in between. */
  bootId: string
  /**
   * `each`: what was promised is on the disk; `batch`: up to 100 ms of it may have been lost with the power.
   */
  sync: 'batch' | 'each'
  at: number
  /** That segment failed: its content from `offset` on is repeated here. */
  replaces?: { number: number; offset: number }
  /**
   * The last acquire of this epoch that was granted before: a store that knows less was set back, even if the
   * grants' own lines are gone.
   */
  seq?: number
  /** Recovery wrote it, with the closes of exchanges that were cut; `head` does not name it. */
  isRecovered?: true
  /**
   * The segment before this one, as it was when it ended. Absent: the first of its folder, or the journal
   * before it is lost.
   */
  previous?: SegmentEnd
}

/** A segment's length and the CRC-32 of its bytes: what its successor must find. */
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

/** Does it fit? Counts bytes only when the characters alone do not settle it. */
export function fitsLine(line: string): boolean {
  if (line.length > lineLimitBytes) return false
  return line.length * 3 <= lineLimitBytes || Buffer.byteLength(line) <= lineLimitBytes
}

/** A good line that the reader did not ask for. */
export interface UnreadEntry {
  kind: 'unread'
}

const unread: UnreadEntry = { kind: 'unread' }

/**
 * @param line the bytes without the line feed
 * @param only other kinds are checked and not parsed, which is most of the cost
 * @returns undefined: not a line of ours, or damaged
 */
export function parseLine(line: Uint8Array): Entry | undefined
export function parseLine(line: Uint8Array, only: 'close' | undefined): Entry | UnreadEntry | undefined
export function parseLine(line: Uint8Array, only?: 'close'): Entry | UnreadEntry | undefined {
  if (line.length < 11 || line.length >= lineLimitBytes || line[8] !== space) return undefined
  const json = line.subarray(9)
  if (crcOf(json) !== readHex(line)) return undefined
  // lines are written with their kind first: {"kind":"close",…
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

/** The number in a segment's file name; undefined for other files. Drained segments end in `.drained`. */
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

/** @param before of the bytes that precede these */
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

// The CRC proves that we wrote this line, so its kind tells the type of the rest.
const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && 'kind' in value && kinds.has(value.kind)
