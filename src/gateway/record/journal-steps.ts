// The steps that the journal's writer requests. journal.ts executes them. If a step fails, its error (with
// the `code` of errno) is thrown into the machine.

import type { DrainOffset } from '../../contract/stores.ts'
import type { SegmentHeader } from './journal-format.ts'
import type { Segment } from './segment.ts'

export interface WriterOptions {
  holder: string
  epoch: number
  bootId: string
  sync: 'batch' | 'each'
  segmentBytes: number
  /** The most bytes of entries that are queued or not synced yet. */
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
  /** The exchanges that it closes. */
  closed: string[]
}

export type JournalStep =
  /**
   * → the segment with its header and content, synced. After a failure or a kill, the segment does not exist
   * at all.
   */
  | { kind: 'create'; header: SegmentHeader; content: readonly Uint8Array[] }
  /** At its position → how many bytes were written, which may be fewer. */
  | { kind: 'write'; segment: Segment; bytes: Uint8Array }
  | { kind: 'sync'; segment: Segment }
  /** The file is no longer needed. Never fails. */
  | { kind: 'close'; segment: Segment }
  | { kind: 'wait'; ms: number }
  /** Entries of one turn share a write. */
  | { kind: 'turn' }
  /** Waits for the sync that a timer began, if it is still running. */
  | { kind: 'sync-ended' }
  | { kind: 'free-ballast' | 'lay-ballast' }
  /** Returns at once. The entries of the batch are acknowledged now. */
  | { kind: 'written'; batch: Batch }
  /** Returns at once. Starts `syncOnce` after a delay, unless one is planned or running. */
  | { kind: 'plan-sync' }
  /** Returns at once. Starts `layBallast` after a delay, unless that is planned. */
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
