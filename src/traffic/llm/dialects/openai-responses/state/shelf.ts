// Kept responses in memory, up to a number of bytes. The oldest are removed first.

import type { KeptResponse } from './kept-response.ts'

export interface Shelved extends KeptResponse {
  /** The item ids of the response. */
  items: () => readonly string[]
  bytes: number
}

export class Shelf {
  private readonly entries = new Map<string, Shelved>()
  private readonly most: number
  private bytes = 0

  constructor(most: number) {
    this.most = most
  }

  /** @returns the removed entries */
  add(entry: Shelved): Shelved[] {
    this.remove(entry.owner, entry.inner)
    this.entries.set(keyOf(entry.owner, entry.inner), entry)
    this.bytes += entry.bytes
    return this.bytes > this.most ? this.take(this.bytes - this.most) : []
  }

  get(owner: string, inner: string): Shelved | undefined {
    return this.entries.get(keyOf(owner, inner))
  }

  newest(is: (entry: Shelved) => boolean): Shelved | undefined {
    return [...this.entries.values()].findLast(is)
  }

  remove(owner: string, inner: string): void {
    const entry = this.get(owner, inner)
    if (!entry) return
    this.entries.delete(keyOf(owner, inner))
    this.bytes -= entry.bytes
  }

  keep(is: (entry: Shelved) => boolean): void {
    for (const entry of this.entries.values()) if (!is(entry)) this.remove(entry.owner, entry.inner)
  }

  /** Removes the oldest entries until their bytes reach the number. */
  take(bytes: number): Shelved[] {
    const taken: Shelved[] = []
    let sum = 0
    for (const entry of this.entries.values()) {
      if (sum >= bytes) break
      taken.push(entry)
      sum += entry.bytes
    }
    for (const { owner, inner } of taken) this.remove(owner, inner)
    return taken
  }
}

const keyOf = (owner: string, inner: string) => `${owner}\n${inner}`
