// Finds the ends of zstd frames (RFC 8878 §3.1), because Bun's decompressor accepts a truncated body as
// complete.

const magic = 0xfd2fb528

/** The next part. */
type Part = 'magic' | 'skipped-size' | 'descriptor' | 'header' | 'block' | 'content' | 'checksum'

const sizes: Partial<Record<Part, number>> = { magic: 4, 'skipped-size': 4, descriptor: 1, block: 3 }

export class ZstdEnd {
  #part: Part = 'magic'
  /** The bytes of the part that have not arrived, and the value of the others (little-endian). */
  #left = 4
  #value = 0
  #place = 1
  #hasChecksum = false
  #isLast = false
  #hasFrame = false

  /** Is the last frame complete? */
  get isReached(): boolean {
    return this.#hasFrame && this.#part === 'magic' && this.#left === 4
  }

  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const isPassed = this.#part === 'header' || this.#part === 'content' || this.#part === 'checksum'
      const size = isPassed ? Math.min(this.#left, bytes.length - at) : 1
      if (!isPassed) {
        this.#value += (bytes[at] ?? 0) * this.#place
        this.#place *= 256
      }
      at += size
      this.#left -= size
      if (this.#left === 0) this.#done(this.#value)
    }
  }

  #next(part: Part, size = sizes[part] ?? 0): void {
    this.#part = part
    this.#left = size
    this.#value = 0
    this.#place = 1
    // an empty part ends at once
    if (size === 0) this.#done(0)
  }

  #done(value: number): void {
    switch (this.#part) {
      case 'magic':
        // the decompressor refuses anything else
        return this.#next(value === magic ? 'descriptor' : 'skipped-size')
      case 'skipped-size':
        this.#isLast = true
        this.#hasChecksum = false
        return this.#next('content', value)
      case 'descriptor':
        this.#hasChecksum = (value & 4) !== 0
        return this.#next('header', headerSize(value))
      case 'header':
        return this.#next('block')
      case 'block': {
        this.#isLast = (value & 1) !== 0
        const isRepeated = ((value >> 1) & 3) === 1
        return this.#next('content', isRepeated ? 1 : value >> 3)
      }
      case 'content':
        return this.#isLast ? this.#next('checksum', this.#hasChecksum ? 4 : 0) : this.#next('block')
      default:
        this.#hasFrame = true
        return this.#next('magic')
    }
  }
}

/** Window, dictionary id and content size, by the frame's descriptor. */
function headerSize(descriptor: number): number {
  const isSingle = (descriptor & 0x20) !== 0
  const content = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0
  return (isSingle ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] ?? 0) + content
}
