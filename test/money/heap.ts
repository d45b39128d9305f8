// Virtual time: the next due event; ties run in the order in which they were planned.

export interface Heap {
  now: number
  plan(at: number, run: () => void): void
  /** Runs everything due up to `until` and stops at that time. */
  runUntil(until: number): void
  size(): number
}

interface Item {
  at: number
  order: number
  run: () => void
}

export function heap(): Heap {
  const items: Item[] = []
  let order = 0

  const isBefore = (a: Item, b: Item) => a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(item: Item) {
    let index = items.push(item) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = items[parent]!
      if (!isBefore(item, above)) break
      items[index] = above
      index = parent
    }
    items[index] = item
  }

  function pop(): Item {
    const top = items[0]!
    const last = items.pop()!
    if (items.length === 0) return top
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= items.length) break
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child += 1
      if (!isBefore(items[child]!, last)) break
      items[index] = items[child]!
      index = child
    }
    items[index] = last
    return top
  }

  const self: Heap = {
    now: 0,
    plan: (at, run) => push({ at: Math.max(at, self.now), order: order++, run }),
    runUntil(until) {
      while (items.length > 0 && items[0]!.at <= until) {
        const item = pop()
        self.now = item.at
        item.run()
      }
      self.now = until
    },
    size: () => items.length,
  }
  return self
}
