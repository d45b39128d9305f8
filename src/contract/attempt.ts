// What the gate passes to an operation for one attempt at one target.

import type { StopSignal } from '../kit/stop.ts'
import type { TargetRule, Timeouts } from './snapshot.ts'
import type { Subject } from './subject.ts'

export interface Attempt {
  exchange: string
  /** 1 for the first. */
  number: number
  target: TargetRule
  /**
   * `content`: every piece of the response carries its `pieces`, because something will read them. `meter`:
   * the operation may pass bytes through and only look for usage, finish and errors.
   */
  depth: 'content' | 'meter'
  /** Aborts the upstream call. The operation must throw or end soon after. */
  signal: StopSignal
  timeouts: Timeouts
  /**
   * The output tokens that a budget covers in each choice. The operation lowers the request's own limit to
   * it.
   */
  outputCap?: number | undefined
  /**
   * The caller's own headers, for the ones that the provider's rule passes on (`caller` credentials,
   * `openai-organization`).
   */
  callerHeaders: Headers
  subject: Subject
  /**
   * Whether the request may be sent again although its first byte may have left. Called rarely: only if a
   * vendor refused a credential that can be renewed.
   */
  mayRepeat?(): boolean
  /** Must be called once, when the first request byte may have left. From then on the call may cost money. */
  onSent(): void
  /** Must be called when the response contained our credential. */
  onEcho?(): void
}
