// Splits a byte stream into server-sent events without parsing them. sse.ts parses the events.
//
// Chunks may end anywhere: inside a character, between CR and LF, inside an event. An event's raw bytes
// extend to the end of the blank line that closes it, including comments and extra blank lines, so that all
// events together are the stream.
//
// A blank line that ends in CR is ambiguous, because an LF may follow and belong to it. In a stream with CRLF
// it always does, so the splitter waits for the next byte. In a stream with bare CR, waiting would delay
// every event, so the event ends at once, and an LF would begin the next one. In both cases the events do not
// depend on how the chunks were cut.
//
// Streams without CR (nearly all) are searched for "\n\n" at memory speed. No byte is read twice: an
// unfinished event is kept as a list of chunks, which are joined once, at its end.

/** Complete consecutive events. */
export interface EventBatch {
  /** May extend beyond the last event. */
  readonly bytes: Uint8Array
  /** The bytes as latin1, for searching. */
  readonly latin1: string
  /** The offset after each event. The first event begins at 0. */
  readonly ends: readonly number[]
}

export class EventTooLarge extends Error {
  override name = 'EventTooLarge'
  constructor(limitBytes: number) {
    super(`an event of the stream is larger than ${limitBytes} bytes`)
  }
}

export class EventSplitter {
  private readonly limitBytes: number
  private waiting: Uint8Array[] = []
  private waitingBytes = 0
  private isAtLineStart = true
  /** The last byte was a CR, whose line ending a LF may still continue. */
  private isAfterCr = false
  /** That CR ended a blank line. */
  private isBlankOpen = false
  private isBareCr = false

  /** @param limitBytes the size of the largest accepted event */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  /**
   * Adds a chunk and returns the events that it completes, if any.
   * @throws EventTooLarge
   */
  push(chunk: Uint8Array): EventBatch | undefined {
    if (chunk.length === 0) return undefined
    const latin1 = latin1Of(chunk)
    const ends =
      this.isAfterCr || latin1.includes('\r') ? this.endsByByte(chunk) : this.endsByLineFeed(latin1)
    const last = ends.at(-1)
    if (last === undefined) {
      this.wait(chunk)
      return undefined
    }
    const rest = last < chunk.length ? chunk.subarray(last) : undefined
    const batch =
      this.waitingBytes === 0 ? { bytes: chunk, latin1, ends } : this.join(chunk.subarray(0, last), ends)
    if (rest !== undefined) this.wait(rest)
    return batch
  }

  /** The number of bytes of the unfinished event. */
  get held(): number {
    return this.waitingBytes
  }

  /** The rest at the end of the stream: an event without its blank line, or nothing. */
  end(): EventBatch | undefined {
    return this.waitingBytes === 0 ? undefined : this.join(new Uint8Array(), [0])
  }

  private wait(bytes: Uint8Array): void {
    this.waiting.push(bytes)
    this.waitingBytes += bytes.length
    if (this.waitingBytes > this.limitBytes) throw new EventTooLarge(this.limitBytes)
  }

  private join(chunk: Uint8Array, ends: readonly number[]): EventBatch {
    const before = this.waitingBytes
    const bytes = Buffer.concat([...this.waiting, chunk])
    this.waiting = []
    this.waitingBytes = 0
    return { bytes, latin1: latin1Of(bytes), ends: ends.map((end) => end + before) }
  }

  private endsByLineFeed(latin1: string): number[] {
    const ends: number[] = []
    let i = 0
    this.isBareCr = false
    for (;;) {
      // Blank lines after a finished event, or with their line end in the previous chunk.
      if (this.isAtLineStart) while (latin1.charCodeAt(i) === 0x0a) ends.push(++i)
      if (i >= latin1.length) return ends
      const blank = latin1.indexOf('\n\n', i)
      if (blank < 0) {
        this.isAtLineStart = latin1.charCodeAt(latin1.length - 1) === 0x0a
        return ends
      }
      i = blank + 2
      ends.push(i)
      this.isAtLineStart = true
    }
  }

  private endsByByte(chunk: Uint8Array): number[] {
    const ends: number[] = []
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      if (this.isAfterCr) {
        this.isAfterCr = false
        this.isBareCr = byte !== 0x0a
        if (this.isBlankOpen) {
          this.isBlankOpen = false
          ends.push(this.isBareCr ? i : i + 1)
        }
        if (byte === 0x0a) continue
      }
      if (byte === 0x0a) {
        if (this.isAtLineStart) ends.push(i + 1)
        this.isAtLineStart = true
        this.isBareCr = false
      } else if (byte === 0x0d) {
        if (this.isAtLineStart && this.isBareCr) ends.push(i + 1)
        else this.isBlankOpen = this.isAtLineStart
        this.isAtLineStart = true
        this.isAfterCr = true
      } else this.isAtLineStart = false
    }
    return ends
  }
}

function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}
