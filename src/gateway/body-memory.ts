// Memory for request bodies, shared by all calls. It is taken as bytes arrive, never as they are announced.
//
// The last quarter is only for keys that hold less than a quarter themselves, so that one key cannot keep
// others out. Where several large keys have filled it nevertheless, a small one takes from their uploads that
// still arrive: the newest of them is refused. A body that has arrived whole stays until its call gives it
// back.

import { GatewayError } from '../contract/errors.ts'

/** What one call takes of the memory for bodies. */
export interface Room {
  /** From now on the call's bytes count as this key's. */
  ownedBy(key: string): void
  /** @throws GatewayError `overloaded` */
  take(bytes: number, limit: number): void
  /**
   * While the body arrives, another key may need the room more: `evict` is called at most once. Absent: it
   * has arrived.
   */
  evictWith(evict: ((error: GatewayError) => void) | undefined): void
  giveBack(): void
}

interface Entry {
  key: string
  bytes: number
  evict: ((error: GatewayError) => void) | undefined
}

export function bodyMemory(): () => Room {
  let taken = 0
  const perKey = new Map<string, number>()
  const arriving = new Set<Entry>()

  const heldBy = (key: string) => perKey.get(key) ?? 0

  function change(entry: Entry, bytes: number) {
    taken += bytes
    entry.bytes += bytes
    const held = heldBy(entry.key) + bytes
    if (held > 0) perKey.set(entry.key, held)
    else perKey.delete(entry.key)
  }

  function hasRoom(entry: Entry, bytes: number, limit: number): boolean {
    // One body alone always has room, however the limits are set.
    if (taken === entry.bytes) return true
    const most = heldBy(entry.key) + bytes > limit / 4 ? (limit * 3) / 4 : limit
    return taken + bytes <= most
  }

  function makeRoom(entry: Entry, bytes: number, limit: number) {
    if (heldBy(entry.key) + bytes > limit / 4) return
    for (const other of [...arriving].reverse()) {
      if (hasRoom(entry, bytes, limit)) return
      if (other.key === entry.key || heldBy(other.key) <= limit / 4) continue
      arriving.delete(other)
      change(other, -other.bytes)
      other.evict?.(full(limit))
    }
  }

  return () => {
    const entry: Entry = { key: '', bytes: 0, evict: undefined }
    return {
      ownedBy: (key) => void (entry.key = key),
      take(bytes, limit) {
        if (!hasRoom(entry, bytes, limit)) makeRoom(entry, bytes, limit)
        if (!hasRoom(entry, bytes, limit)) throw full(limit)
        change(entry, bytes)
      },
      evictWith(evict) {
        entry.evict = evict
        if (evict) arriving.add(entry)
        else arriving.delete(entry)
      },
      giveBack() {
        arriving.delete(entry)
        change(entry, -entry.bytes)
      },
    }
  }
}

const full = (limit: number) =>
  new GatewayError(
    'overloaded',
    `The gateway holds as many bytes of requests as it may (${limit}, limits.bodiesBytes); call again in a moment.`,
    {
      retryAfterSeconds: 1,
    },
  )
