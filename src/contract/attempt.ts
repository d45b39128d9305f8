// What the gate hands to an operation for one try at one target.

import type { TargetRule, Timeouts } from './snapshot.ts'
import type { Subject } from './subject.ts'

/** What the gate hands to an operation for one try at one target. */
export interface Attempt {
  exchange: string
  /** 1 for the first. */
  number: number
  target: TargetRule
  /**
   * `content`: every piece of the response carries its `pieces`, because something will read them.
   * `meter`: the room may pass bytes through and only look for usage, finish and errors.
   */
  depth: 'content' | 'meter'
  /** Aborts the upstream call. The room must settle (throw or end) soon after. */
  signal: AbortSignal
  timeouts: Timeouts
  /**
   * A budget covers no more output than this in each answer, tokens: the room lowers the request's own limit
   * to it.
   */
  outputCap?: number
  /**
   * The caller's own headers, for what the provider's rule lets through (`caller` credentials,
   * `openai-organization`).
   */
  callerHeaders: Headers
  subject: Subject
  /**
   * May the request be sent again after its first byte may have left? Asked rarely: only where a vendor
   * refused a credential that can be renewed.
   */
  mayRepeat?(): boolean
  /** To be called once when the first request byte may have left: from here on money may be owed. */
  onSent(): void
  /** To be called when the response held our credential. */
  onEcho?(): void
}
