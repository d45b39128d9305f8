// The data of one event of a stream: text for decoders, which parse it, and bytes for readers that scan. Few
// events need the bytes.

export class EventData {
  readonly text: string
  private known: Uint8Array | undefined

  /** @param bytes where they are known */
  constructor(text: string, bytes?: Uint8Array) {
    this.text = text
    this.known = bytes
  }

  get bytes(): Uint8Array {
    this.known ??= Buffer.from(this.text)
    return this.known
  }
}
