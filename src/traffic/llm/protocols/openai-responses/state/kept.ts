// Answers that clients may refer to later: the gateway's own memory, so that it works at every target and nobody reaches what another key said.
// In memory only (content never touches the disk), of this node only, gone after a day or when room is needed: the oldest first, of a key that
// keeps more than its share before all others.

import type { Clock } from '../../../../../kit/clock.ts'

export interface KeptResponse {
  id: string
  /** Id of the key that asked. */
  owner: string
  /** The request, with all that came before it in the conversation. */
  request: Uint8Array
  /** JSON of the response as the client saw it. */
  response: string
}

export interface KeptResponses {
  put(kept: KeptResponse): void
  /** undefined for what is gone, was never there, or is another's: the three cannot be told apart. */
  get(owner: string, id: string): KeptResponse | undefined
  /** All of one key, newest first. */
  of(owner: string): readonly KeptResponse[]
  /** @returns was it there? */
  remove(owner: string, id: string): boolean
}

export interface KeptBounds {
  totalBytes: number
  bytesPerOwner: number
  keepMs: number
}

const usual: KeptBounds = { totalBytes: 64 * 1024 * 1024, bytesPerOwner: 16 * 1024 * 1024, keepMs: 24 * 60 * 60 * 1000 }

interface Entry extends KeptResponse {
  bytes: number
  /** ms since the epoch */
  until: number
}

export function keptResponses({ clock, bounds = usual }: { clock: Pick<Clock, 'now'>; bounds?: KeptBounds }): KeptResponses {
  /** Oldest first, by owner and id. */
  const entries = new Map<string, Entry>()
  const bytesOf = new Map<string, number>()
  let total = 0

  function put(kept: KeptResponse): void {
    const { owner, id, request, response } = kept
    const bytes = request.length + response.length * 2
    if (bytes > bounds.bytesPerOwner) return
    remove(owner, id)
    entries.set(keyOf(owner, id), { ...kept, bytes, until: clock.now() + bounds.keepMs })
    count(owner, bytes)
    shrink(owner)
  }

  function shrink(owner: string): void {
    const now = clock.now()
    for (const entry of entries.values()) {
      const isGone = entry.until <= now || total > bounds.totalBytes || (entry.owner === owner && (bytesOf.get(owner) ?? 0) > bounds.bytesPerOwner)
      if (isGone) remove(entry.owner, entry.id)
      else if (entry.owner === owner || (bytesOf.get(owner) ?? 0) <= bounds.bytesPerOwner) return
    }
  }

  function get(owner: string, id: string): Entry | undefined {
    const entry = entries.get(keyOf(owner, id))
    return entry && entry.until > clock.now() ? entry : undefined
  }

  function remove(owner: string, id: string): boolean {
    const isThere = get(owner, id) !== undefined
    const entry = entries.get(keyOf(owner, id))
    if (entry) {
      entries.delete(keyOf(owner, id))
      count(owner, -entry.bytes)
    }
    return isThere
  }

  function count(owner: string, bytes: number): void {
    total += bytes
    const sum = (bytesOf.get(owner) ?? 0) + bytes
    if (sum === 0) bytesOf.delete(owner)
    else bytesOf.set(owner, sum)
  }

  function of(owner: string): readonly Entry[] {
    const now = clock.now()
    return [...entries.values()].filter((entry) => entry.owner === owner && entry.until > now).toReversed()
  }

  return { put, get, of, remove }
}

const keyOf = (owner: string, id: string) => `${owner}\n${id}`
