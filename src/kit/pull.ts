// The type of every internal stream: bytes of a provider, pieces of a response, events of a translation.

/** Values that are produced one by one on request. The owner must pull to the end or cancel. */
export interface Pull<T> {
  /** The next value; undefined after the last. One call at a time. */
  next(): Promise<T | undefined>
  /** Abandons the rest and frees its resources. Idempotent, never rejects. */
  cancel(): Promise<void>
}
