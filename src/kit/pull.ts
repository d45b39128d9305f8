// The one shape of every stream inside: bytes of a provider, pieces of a response, events of a translation.

/** Values that come one after the other, when they are asked for. The holder pulls to the end or cancels. */
export interface Pull<T> {
  /** The next value; undefined after the last. One call at a time. */
  next(): Promise<T | undefined>
  /** Gives up the rest and frees what is behind it. Idempotent, never rejects. */
  cancel(): Promise<void>
}
