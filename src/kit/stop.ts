// A stop signal without the platform's `AbortSignal`, because two native objects and a native listener per
// call cost more than most steps of a call.

/** The part of the platform's `AbortSignal` that stoppable work needs. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason: unknown
  /** Each listener is called once at most, whatever the options. */
  addEventListener(type: 'abort', listener: StopListener, options?: { once?: boolean }): void
  removeEventListener(type: 'abort', listener: StopListener): void
  /** @throws the reason, if it was stopped */
  throwIfAborted(): void
}

export type StopListener = (() => void) | { handleEvent(): void }

/** The signal, and the method that stops it. */
export class Stop implements StopSignal {
  aborted = false
  reason: unknown
  /** Most signals have one listener at a time. */
  #listener: StopListener | undefined
  #others: StopListener[] | undefined

  /** The first reason stays. */
  abort(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    const listener = this.#listener
    const others = this.#others
    this.#listener = undefined
    this.#others = undefined
    if (listener) call(listener)
    if (others) for (const other of others) call(other)
  }

  addEventListener(_type: 'abort', listener: StopListener): void {
    if (this.aborted || this.#listener === listener || this.#others?.includes(listener)) return
    if (this.#listener) (this.#others ??= []).push(listener)
    else this.#listener = listener
  }

  removeEventListener(_type: 'abort', listener: StopListener): void {
    if (this.#listener === listener) this.#listener = undefined
    else if (this.#others) this.#others = this.#others.filter((other) => other !== listener)
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }
}

const call = (listener: StopListener): void =>
  typeof listener === 'function' ? listener() : listener.handleEvent()
