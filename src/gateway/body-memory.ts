// Memory for request bodies, shared by all calls. It is taken as bytes arrive, not by the announced length.
//
// The last quarter is only for keys that hold less than a quarter themselves, so that one key cannot keep
// others out. If several large keys have filled it anyway, a small key takes memory from their unfinished
// uploads: the newest of these is refused. A complete body stays until its call releases it.

import { GatewayError } from '../contract/errors.ts'

/** An unfinished upload, which may be refused in favor of another key. */
export interface Evictable {
  /** Called at most once. */
  evict(error: GatewayError): void
}

export class BodyMemory {
  readonly #perKey = new Map<string, number>()
  readonly #arriving = new Set<BodyShare>()
  #taken = 0

  /** The part that one call takes; empty at first. */
  share(): BodyShare {
    return new BodyShare(this)
  }

  heldBy(key: string): number {
    return this.#perKey.get(key) ?? 0
  }

  change(share: BodyShare, bytes: number): void {
    this.#taken += bytes
    share.bytes += bytes
    const held = this.heldBy(share.key) + bytes
    if (held > 0) this.#perKey.set(share.key, held)
    else this.#perKey.delete(share.key)
  }

  hasSpace(share: BodyShare, bytes: number, limit: number): boolean {
    // One body alone always has space, however the limits are set.
    if (this.#taken === share.bytes) return true
    const most = this.heldBy(share.key) + bytes > limit / 4 ? (limit * 3) / 4 : limit
    return this.#taken + bytes <= most
  }

  makeSpace(share: BodyShare, bytes: number, limit: number): void {
    if (this.heldBy(share.key) + bytes > limit / 4) return
    for (const other of [...this.#arriving].reverse()) {
      if (this.hasSpace(share, bytes, limit)) return
      if (other.key === share.key || this.heldBy(other.key) <= limit / 4) continue
      this.#arriving.delete(other)
      this.change(other, -other.bytes)
      other.arriving?.evict(full(limit))
    }
  }

  note(share: BodyShare): void {
    if (share.arriving) this.#arriving.add(share)
    else this.#arriving.delete(share)
  }
}

/** The memory for bodies that one call uses. */
export class BodyShare {
  /** The call's bytes count as this key's. */
  key = ''
  bytes = 0
  /** Called while the body arrives, if another key needs the space more. Absent: the body has arrived. */
  arriving: Evictable | undefined
  readonly #memory: BodyMemory

  constructor(memory: BodyMemory) {
    this.#memory = memory
  }

  /** @throws GatewayError `overloaded` */
  take(bytes: number, limit: number): void {
    const memory = this.#memory
    if (!memory.hasSpace(this, bytes, limit)) memory.makeSpace(this, bytes, limit)
    if (!memory.hasSpace(this, bytes, limit)) throw full(limit)
    memory.change(this, bytes)
  }

  /** @param arriving absent: the body has arrived */
  evictWith(arriving: Evictable | undefined): void {
    this.arriving = arriving
    this.#memory.note(this)
  }

  giveBack(): void {
    this.evictWith(undefined)
    if (this.bytes > 0) this.#memory.change(this, -this.bytes)
  }
}

const full = (limit: number) =>
  new GatewayError(
    'overloaded',
    `The gateway already holds the maximum bytes of request bodies (${limit}, limits.bodiesBytes); try again in a moment.`,
    {
      retryAfterSeconds: 1,
    },
  )
