// Chunks that were written and not yet synced, kept in memory: after a failure a new segment takes them up.

export class Unsynced {
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** Chunks that were ever added, and of them synced. */
  #added = 0
  #synced = 0

  get chunks(): readonly Uint8Array[] {
    return this.#chunks
  }

  get bytes(): number {
    return this.#bytes
  }

  /** What a sync that begins now will cover, for `drop`. */
  get added(): number {
    return this.#added
  }

  isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    this.#added += 1
  }

  /** The first so many that were ever added are synced. */
  drop(added: number): void {
    for (const chunk of this.#chunks.splice(0, added - this.#synced)) this.#bytes -= chunk.length
    this.#synced = Math.max(this.#synced, added)
  }
}
