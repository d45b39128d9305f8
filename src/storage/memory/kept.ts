// Kept objects in memory, for tests and as the reference for other adapters. A restart loses them.

import type { KeptBounds, KeptStore, KeptThing } from '../../contract/stores.ts'

export function memoryKept(): KeptStore {
  /** Oldest first. */
  let things: KeptThing[] = []

  const bytesOf = (list: readonly KeptThing[]) => list.reduce((sum, { body }) => sum + body.length, 0)
  const ownedBy = (owner: string) => things.filter((thing) => thing.owner === owner)
  const drop = (is: (thing: KeptThing) => boolean) => void (things = things.filter((thing) => !is(thing)))

  function add(thing: KeptThing, { totalBytes, bytesPerOwner }: KeptBounds): void {
    drop(({ owner, id }) => owner === thing.owner && id === thing.id)
    if (thing.body.length > Math.min(bytesPerOwner, totalBytes)) return
    // a later write counts as newer, even with an earlier time
    things.push(thing)
    while (bytesOf(ownedBy(thing.owner)) > bytesPerOwner) dropOldest(ownedBy(thing.owner))
    while (bytesOf(things) > totalBytes) dropOldest(things)
  }

  const dropOldest = ([oldest]: readonly KeptThing[]) => drop((thing) => thing === oldest)

  return {
    async put(more, bounds) {
      for (const thing of more) add(thing, bounds)
    },
    get: async (owner, id, since) =>
      things.find((thing) => thing.owner === owner && thing.id === id && thing.madeAt >= since),
    find: async (owner, label, since) =>
      ownedBy(owner).findLast(({ labels, madeAt }) => labels.includes(label) && madeAt >= since),
    async remove(owner, id) {
      const before = things.length
      drop((thing) => thing.owner === owner && thing.id === id)
      return things.length < before
    },
    forget: async (key) => drop((thing) => thing.key === key),
    sweep: async (since) => drop(({ madeAt }) => madeAt < since),
    keys: async () => [...new Set(things.flatMap(({ key }) => key ?? []))].toSorted(),
    stats: async () => ({ things: things.length, bytes: bytesOf(things) }),
    async close() {},
  }
}
