// The lifetime of a call: what can stop it, and what stops with it. A class, because every call has one and
// closures are more expensive.

import { GatewayError } from '../contract/errors.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import { Stop, type StopSignal } from '../kit/stop.ts'

export class Lifetime {
  /**
   * Why the call must end although nothing failed: client gone, revoked, killed, drained. The first reason
   * stays.
   */
  stopped: GatewayError | undefined
  /**
   * The client left during an attempt that a hard budget pays for. The response is read for its usage, and
   * its output is dropped.
   */
  isLeft = false
  isClosed = false
  /** Must the client respond to it? Then it ends with the client, even if its parent call is still read. */
  isReverse = false
  /**
   * How long the response is still read for its usage after the client left, ms. 0: the call is stopped at
   * once.
   */
  readOnMs = 0
  /** Called when the call is stopped, for a response that no reader may be pulling. */
  whenStopped: (() => void) | undefined
  #stop: Stop | undefined
  #patience: Timer | undefined
  #whenLeft: (() => void) | undefined
  #children: Set<Lifetime> | undefined
  readonly #clock: Clock
  readonly #clientGone: StopSignal
  readonly #parent: Lifetime | undefined

  /**
   * @param clientGoneError aborts when the client leaves
   * @param parent ends this call when it ends
   */
  constructor(clock: Clock, clientGoneError: StopSignal, parent?: Lifetime) {
    this.#clock = clock
    this.#clientGone = clientGoneError
    this.#parent = parent
    if (clientGoneError.aborted) this.handleEvent()
    // One listener for the whole call: adding and removing a listener costs more than most steps.
    else clientGoneError.addEventListener('abort', this)
    if (!parent) return
    ;(parent.#children ??= new Set()).add(this)
    if (parent.stopped) this.stop(parent.stopped)
  }

  /** @throws GatewayError when the call was stopped */
  check(): void {
    if (this.stopped) throw this.stopped
  }

  /**
   * Ends the call with this error at its next step; a pending upstream read and the child calls are aborted.
   */
  stop(error: GatewayError): void {
    if (this.stopped || this.isClosed) return
    this.stopped = error
    this.#stop?.abort(error)
    this.#stopChildren(error)
    this.whenStopped?.()
  }

  /**
   * For a task that begins now and ends when the call is stopped: an attempt, or a pause between two. The
   * previous task is over by then.
   */
  begin(): Stop {
    const stop = new Stop()
    this.#stop = stop
    if (this.stopped) stop.abort(this.stopped)
    return stop
  }

  /** From now on, `leave` runs when the client leaves. */
  handOver(leave: () => void): void {
    this.#patience?.cancel()
    this.#whenLeft = leave
  }

  /** The client left, so requests to it get no response. */
  stopQuestions(error: GatewayError): void {
    if (!this.#children) return
    for (const child of Array.from(this.#children)) {
      if (child.isReverse) child.stop(error)
      else child.stopQuestions(error)
    }
  }

  /** The running calls that were opened inside this one. */
  get childCount(): number {
    return this.#children?.size ?? 0
  }

  /** @returns false if it was closed before */
  close(): boolean {
    if (this.isClosed) return false
    this.isClosed = true
    this.#patience?.cancel()
    // Otherwise the connection would keep the whole call in memory, including its body.
    this.#clientGone.removeEventListener('abort', this)
    if (this.#parent) this.#parent.#children?.delete(this)
    this.#stopChildren()
    return true
  }

  /** The client left (`EventListener`). */
  handleEvent(): void {
    if (this.#whenLeft) return this.#whenLeft()
    // The client of a child call is its parent, whose reason is the real one.
    const gone = this.#parent?.stopped ?? clientGone()
    if (this.readOnMs === 0) return this.stop(gone)
    this.isLeft = true
    this.stopQuestions(gone)
    this.#patience = this.#clock.after(this.readOnMs, () => this.stop(gone))
  }

  #stopChildren(error?: GatewayError): void {
    if (!this.#children) return
    const reason =
      error ?? new GatewayError('parent-ended', 'The exchange that this call belongs to has ended.')
    // Copied: a child that stops may leave the set.
    for (const child of Array.from(this.#children)) child.stop(reason)
  }
}

export const clientGone = () =>
  new GatewayError('client-gone', 'The client left before the response was complete.')
