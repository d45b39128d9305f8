// A syntax error in JSON: its position, and the rule that it breaks. It never has the text itself.

export type JsonFaultKind = 'syntax' | 'depth' | 'duplicate'

export class JsonFault extends Error {
  override name = 'JsonFault'
  readonly kind: JsonFaultKind
  /** Byte offset in the source. */
  readonly offset: number

  /** @param what the broken rule, as text that follows "invalid JSON: " */
  constructor(kind: JsonFaultKind, what: string, offset: number) {
    super(`${what} at byte ${offset}`)
    this.kind = kind
    this.offset = offset
  }
}
