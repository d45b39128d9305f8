// What is wrong with a text that should be JSON: where, and which rule it breaks. Carries positions, never
// the text.

export type JsonFaultKind = 'syntax' | 'depth' | 'duplicate'

export class JsonFault extends Error {
  override name = 'JsonFault'
  readonly kind: JsonFaultKind
  /** Byte offset in the source. */
  readonly offset: number

  /** @param what the rule that was broken, in words that fit after "invalid JSON: " */
  constructor(kind: JsonFaultKind, what: string, offset: number) {
    super(`${what} at byte ${offset}`)
    this.kind = kind
    this.offset = offset
  }
}
