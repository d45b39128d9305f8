// Decodes a chunked body (RFC 9112 §7.1) in place: the data between the frames is moved together in the
// received buffer, so that a buffer with many small chunks gives one piece and nothing is allocated.
// Extensions and trailers are skipped, up to a limit.

import { NotHttp } from './not-http.ts'

/** A chunk has at most 2^48 bytes. */
const mostDigits = 12
const mostExtensionBytes = 4_096
const mostTrailerBytes = 16_384

/** The next part. */
const At = {
  Size: 0,
  Extension: 1,
  SizeEnd: 2,
  Data: 3,
  DataCr: 4,
  DataLf: 5,
  Trailer: 6,
  TrailerLf: 7,
  Over: 8,
} as const

export class Chunked {
  #at: (typeof At)[keyof typeof At] = At.Size
  #digits = 0
  /** The bytes of the chunk that have not arrived. */
  #left = 0
  #extensionBytes = 0
  #trailerBytes = 0
  #lineBytes = 0
  /** The number of bytes of the last buffer after the end of the body. */
  leftOver = 0

  get isOver(): boolean {
    return this.#at === At.Over
  }

  /**
   * @param bytes are changed
   * @returns the part of the body in them, possibly empty
   * @throws NotHttp
   */
  take(bytes: Buffer): Buffer {
    const { length } = bytes
    let at = 0
    let start = 0
    let end = 0
    while (at < length && this.#at !== At.Over) {
      if (this.#at !== At.Data) {
        this.#frame(bytes[at] ?? 0)
        at += 1
        continue
      }
      const size = Math.min(this.#left, length - at)
      if (end === 0) start = at
      else bytes.copyWithin(end, at, at + size)
      end = end === 0 ? at + size : end + size
      at += size
      this.#left -= size
      if (this.#left === 0) this.#at = At.DataCr
    }
    this.leftOver = length - at
    return bytes.subarray(start, end)
  }

  #frame(byte: number): void {
    switch (this.#at) {
      case At.Size:
        return this.#size(byte)
      case At.Extension:
        if (byte === cr) this.#at = At.SizeEnd
        else if (++this.#extensionBytes > mostExtensionBytes || !isText(byte)) throw new NotHttp('chunk')
        return
      case At.SizeEnd:
        if (byte !== lf) throw new NotHttp('chunk')
        this.#at = this.#left === 0 ? At.Trailer : At.Data
        this.#digits = 0
        return
      case At.DataCr:
        if (byte !== cr) throw new NotHttp('chunk')
        this.#at = At.DataLf
        return
      case At.DataLf:
        if (byte !== lf) throw new NotHttp('chunk')
        this.#at = At.Size
        return
      case At.Trailer:
        if (byte === cr) this.#at = At.TrailerLf
        else if (!isText(byte)) throw new NotHttp('trailer')
        else this.#lineBytes += 1
        if (++this.#trailerBytes > mostTrailerBytes) throw new NotHttp('trailer')
        return
      default:
        if (byte !== lf) throw new NotHttp('trailer')
        this.#at = this.#lineBytes === 0 ? At.Over : At.Trailer
        this.#lineBytes = 0
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte)
    if (digit >= 0) {
      if (++this.#digits > mostDigits) throw new NotHttp('chunk')
      this.#left = this.#left * 16 + digit
      return
    }
    if (this.#digits === 0) throw new NotHttp('chunk')
    if (byte === cr) this.#at = At.SizeEnd
    else if (byte === semicolon) this.#at = At.Extension
    else throw new NotHttp('chunk')
  }
}

const cr = 0x0d
const lf = 0x0a
const semicolon = 0x3b

/** The characters that a line may have (RFC 9110 §5.5): tabs, visible characters and non-ASCII bytes. */
const isText = (byte: number) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f)

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
