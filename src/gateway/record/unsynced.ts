// Keeps chunks that were written but not yet synced in memory. After a failure they are written to a new
// segment.

export class Unsynced {
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** The numbers of chunks that were ever added, and that were synced. */
  #added = 0
  #synced = 0

  get chunks(): readonly Uint8Array[] {
    return this.#chunks
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The chunks that a sync covers if it begins now, for `drop`. */
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

  /** Drops the first `added` of all chunks that were ever added, because they are synced. */
  drop(added: number): void {
    for (const chunk of this.#chunks.splice(0, added - this.#synced)) this.#bytes -= chunk.length
    this.#synced = Math.max(this.#synced, added)
  }
}
