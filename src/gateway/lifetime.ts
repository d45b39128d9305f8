// How long a call lives: what may stop it, and what is stopped with it. A class, because every call has one
// and closures cost more.

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
   * The client left while an attempt is out that a hard budget pays for: it is read for its usage, and its
   * output is dropped.
   */
  isLeft = false
  isClosed = false
  /**
   * Does the client have to respond to it? Then it ends with the client, even if the call around it is read
   * on.
   */
  isReverse = false
  /**
   * How long the response is read on for its usage when the client leaves, ms. 0: the call is stopped at
   * once.
   */
  readOnMs = 0
  /** Called when the call is stopped: for the response, which nothing may be pulling. */
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
    // One listener for the whole call: adding and removing one costs more than most steps.
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
   * Ends the call with this error at its next step; a pending upstream read is aborted, and so are the calls
   * inside of it.
   */
  stop(error: GatewayError): void {
    if (this.stopped || this.isClosed) return
    this.stopped = error
    this.#stop?.abort(error)
    this.#stopChildren(error)
    this.whenStopped?.()
  }

  /**
   * For what begins now and ends when the call is stopped: an attempt, a pause between two. The one before is
   * over by then.
   */
  begin(): Stop {
    const stop = new Stop()
    this.#stop = stop
    if (this.stopped) stop.abort(this.stopped)
    return stop
  }

  /** From here on `leave` handles a client that leaves. */
  handOver(leave: () => void): void {
    this.#patience?.cancel()
    this.#whenLeft = leave
  }

  /** The client left, so that requests to it get no response. */
  stopQuestions(error: GatewayError): void {
    if (!this.#children) return
    for (const child of Array.from(this.#children)) {
      if (child.isReverse) child.stop(error)
      else child.stopQuestions(error)
    }
  }

  /** Calls that were opened inside of this one and run. */
  get childCount(): number {
    return this.#children?.size ?? 0
  }

  /** @returns false when it was closed before */
  close(): boolean {
    if (this.isClosed) return false
    this.isClosed = true
    this.#patience?.cancel()
    // Otherwise the connection would keep the whole call in memory, its body too.
    this.#clientGone.removeEventListener('abort', this)
    if (this.#parent) this.#parent.#children?.delete(this)
    this.#stopChildren()
    return true
  }

  /** The client left (`EventListener`). */
  handleEvent(): void {
    if (this.#whenLeft) return this.#whenLeft()
    // A child's client is its parent, whose reason is the true one.
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
