// Cuts a byte stream into server-sent events without looking into them. sse.ts reads what is inside.
//
// Chunks may end anywhere: inside a character, between CR and LF, inside an event. An event's raw bytes run
// to the end of the blank line that closes it, comments and stray blank lines included, so that the events of
// a stream, put together, are the stream.
//
// A blank line that ends in CR leaves a doubt: a LF may follow and belong to it. In a stream of CRLF it
// surely does, so the splitter waits for the next byte; in a stream of bare CR waiting would hold every event
// back, so there the event ends at once and a LF would lead the next one. Either way the events do not depend
// on where the chunks were cut.
//
// Streams without CR, which is nearly all, are searched for "\n\n" at memory speed. No byte is looked at
// twice: what is not finished waits as a list of chunks and is joined once, when its end has come.

/** Some whole events that lie next to each other. */
export interface EventBatch {
  /** May reach beyond the last event. */
  readonly bytes: Uint8Array
  /** The bytes as latin1, for searching. */
  readonly latin1: string
  /** Offset behind each event; the first begins at 0. */
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

  /** @param limitBytes the largest event that is taken */
  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  /**
   * Takes a chunk and gives the events that it completes, if any.
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

  /** Bytes of the event that has not ended. */
  get held(): number {
    return this.waitingBytes
  }

  /** What is left when the stream has ended: an event without its blank line, or nothing. */
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
      // Blank lines that follow a finished event, or whose line end was in the chunk before.
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
