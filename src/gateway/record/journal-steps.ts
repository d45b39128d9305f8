// What the journal's writer asks of the disk, step by step. A step that fails is answered by throwing its error
// (`code`: that of errno) into the machine. journal.ts carries the steps out.

import type { DrainOffset } from '../../contract/stores.ts'
import type { SegmentHeader } from './journal-format.ts'
import type { Segment } from './segment.ts'

export interface WriterOptions {
  holder: string
  epoch: number
  bootId: string
  sync: 'batch' | 'each'
  segmentBytes: number
  /** Of entries that are queued or not synced yet. */
  queueBytes: number
  ballastBytes: number
  /** ms since the epoch */
  now(): number
  /** Called after each sync: there is something to drain, up to this position. */
  onSynced(position: DrainOffset): void
  report(event: JournalEvent): void
}

export type JournalEvent = {
  kind: 'disk-full' | 'disk-has-room' | 'segment-failed' | 'segment-replaced'
  message: string
}

/** Entries that share a write. */
export interface Batch {
  lines: string[]
  bytes: number
  /** Exchanges that it closes. */
  closed: string[]
}

export type JournalStep =
  /**
   * → the segment, with its header and content, synced. All of it is there, or, after a failure or a kill,
   * nothing.
   */
  | { kind: 'create'; header: SegmentHeader; content: readonly Uint8Array[] }
  /** At its position → how many bytes were taken, perhaps not all. */
  | { kind: 'write'; segment: Segment; bytes: Uint8Array }
  | { kind: 'sync'; segment: Segment }
  /** The file is not needed any more. Never fails. */
  | { kind: 'close'; segment: Segment }
  | { kind: 'wait'; ms: number }
  /** Entries of one turn share a write. */
  | { kind: 'turn' }
  /** Waits for the sync that a timer began, if one is under way. */
  | { kind: 'sync-ended' }
  | { kind: 'free-ballast' | 'lay-ballast' }
  /** At once: the entries of the batch are promised now. */
  | { kind: 'written'; batch: Batch }
  /** At once: begin `syncOnce` after a while, unless one is planned or under way. */
  | { kind: 'plan-sync' }
  /** At once: begin `layBallast` after a while, unless that is planned. */
  | { kind: 'plan-ballast' }

export type JournalSteps<Result> = Generator<JournalStep, Result, Segment | number | undefined>

export const retryMs = 250

export function* create(header: SegmentHeader, content: readonly Uint8Array[]): JournalSteps<Segment> {
  const segment = yield { kind: 'create', header, content }
  if (typeof segment !== 'object') throw new Error('a step of the journal made no segment')
  return segment
}

export const codeOf = (error: unknown) =>
  error instanceof Error && 'code' in error ? String(error.code) : String(error)
