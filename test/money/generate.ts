// Generates the events of one history from a seed. The list is data: a failing history is shortened by
// leaving events out.

export type SimEvent = { after: number } & (
  | {
      kind: 'call'
      node: number
      key: number
      bound: number
      billed: number
      takes: number
      ends: 'told' | 'unknown' | 'free' | 'above'
    }
  /** For the node's connection to the store, for a while. */
  | { kind: 'network'; node: number; drops: number; repeats: number; delayMs: number }
  | { kind: 'pause'; node: number; ms: number }
  | { kind: 'clock'; jumpMs: number }
  | { kind: 'rate'; node: number; rate: number }
  | { kind: 'kill'; node: number; downMs: number }
  | { kind: 'power'; node: number; downMs: number; survivors: number }
  | { kind: 'disk-lost'; node: number }
  /**
   * While the process is down, one segment of the journal is lost, loses its holder, or is cut. `which`: its
   * position among all, from 0 to 1.
   */
  | { kind: 'segment-lost' | 'header-damaged' | 'tail-cut'; node: number; downMs: number; which: number }
  /** At the next start recovery cannot write; at the one after it can. */
  | { kind: 'disk-full'; node: number; downMs: number }
  | { kind: 'segment-full'; node: number }
  /** Drained segments are deleted. */
  | { kind: 'retention'; node: number }
  | { kind: 'clone'; node: number }
  | { kind: 'restart-clean'; node: number }
  /** The rules are edited, on this node or on all (a node that is down finds the new file at its start). */
  | { kind: 'cap'; node: number; budget: number; cap: number; isEverywhere: boolean }
  /** This node gets the newest file. */
  | { kind: 'file-brought'; node: number }
  /** An administrator changes the budget of a key through this node; zero removes it. */
  | { kind: 'key-budget'; node: number; key: number; cap: number }
  | { kind: 'key-moved'; key: number; set: number }
  | { kind: 'time'; ms: number }
  | { kind: 'drain'; node: number; records: number }
  | { kind: 'write-off'; node: number }
  | { kind: 'store-backup' }
  /** Single nodes only: the store is set back while the gateway is down. */
  | { kind: 'store-restored'; isEmpty: boolean }
)

export interface History {
  seed: number
  nodes: number
  caps: readonly number[]
  events: readonly SimEvent[]
}

export type Chance = () => number

export function chanceFrom(seed: number): Chance {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The events about money of a history; those about rules are inserted between them. */
type MoneyKind = Exclude<SimEvent['kind'], 'file-brought' | 'key-budget'>

const weights: readonly (readonly [number, MoneyKind])[] = [
  [56, 'call'],
  [6, 'network'],
  [3, 'pause'],
  [2, 'clock'],
  [1, 'rate'],
  [5, 'kill'],
  [3, 'power'],
  [0.6, 'disk-lost'],
  [0.8, 'segment-lost'],
  [0.4, 'header-damaged'],
  [0.6, 'tail-cut'],
  [1, 'disk-full'],
  [3, 'segment-full'],
  [2, 'retention'],
  [0.8, 'clone'],
  [3, 'restart-clean'],
  [4, 'cap'],
  [2, 'key-moved'],
  [4, 'time'],
  [6, 'drain'],
  [0.6, 'write-off'],
  [1, 'store-backup'],
  [0.6, 'store-restored'],
]
const total = weights.reduce((sum, [weight]) => sum + weight, 0)

export function generate(seed: number, length = 60): History {
  const chance = chanceFrom(seed * 2_654_435_761)
  const below = (most: number) => Math.floor(chance() * most)
  // one history in eight is about stores that are set back: one node (see world.ts), little money
  const isSetBack = chance() < 0.125
  const nodes = isSetBack ? 1 : 1 + below(3)
  const events: SimEvent[] = []
  while (events.length < length)
    events.push(make(isSetBack && chance() < 0.08 ? 'store-restored' : pick(chance), chance, below, nodes))
  const caps = isSetBack
    ? [60, 80, 100, 60]
    : [100 + below(400), 100 + below(900), 200 + below(2_000), 60 + below(100)]
  return { seed, nodes, caps, events: withRules(events, chanceFrom(seed * 1_597_334_677), nodes) }
}

/**
 * Inserted with a separate random source: edits that reach some nodes early and others late, and changed
 * keys.
 */
function withRules(events: readonly SimEvent[], chance: Chance, nodes: number): SimEvent[] {
  const below = (most: number) => Math.floor(chance() * most)
  const rule = (): SimEvent => {
    const node = below(nodes)
    const after = below(chance() < 0.5 ? 20 : 2_000)
    const kind = chance()
    if (kind < 0.4)
      return { after, kind: 'cap', node, budget: below(4), cap: below(1_000), isEverywhere: chance() < 0.3 }
    if (kind < 0.6) return { after, kind: 'file-brought', node }
    return { after, kind: 'key-budget', node, key: below(3), cap: chance() < 0.25 ? 0 : 50 + below(1_000) }
  }
  return events.flatMap((event) => (chance() < 0.12 ? [rule(), event] : [event]))
}

function pick(chance: Chance): MoneyKind {
  let left = chance() * total
  for (const [weight, kind] of weights) {
    left -= weight
    if (left < 0) return kind
  }
  return 'call'
}

function make(kind: MoneyKind, chance: Chance, below: (most: number) => number, nodes: number): SimEvent {
  const node = below(nodes)
  const after = chance() < 0.5 ? below(20) : below(2_000)
  switch (kind) {
    case 'call': {
      const bound = 1 + below(chance() < 0.1 ? 200 : 40)
      const ends = (['told', 'told', 'told', 'told', 'told', 'unknown', 'free', 'above'] as const)[
        below(chance() < 0.2 ? 8 : 7)
      ]!
      const billed = ends === 'above' ? bound + 1 + below(50) : ends === 'free' ? 0 : below(bound + 1)
      return {
        after,
        kind,
        node,
        key: below(3),
        bound,
        billed,
        ends,
        takes: chance() < 0.8 ? below(5_000) : below(90 * 60_000),
      }
    }
    case 'network':
      return {
        after,
        kind,
        node,
        drops: chance() < 0.4 ? 0 : chance() * 0.6,
        repeats: chance() * 0.5,
        delayMs: chance() < 0.5 ? 20 : below(60_000),
      }
    case 'pause':
      return { after, kind, node, ms: chance() < 0.5 ? below(5_000) : below(3_600_000) }
    case 'clock':
      return { after, kind, jumpMs: below(1_200_000) - 600_000 }
    case 'rate':
      return { after, kind, node, rate: 0.95 + chance() * 0.1 }
    case 'kill':
      return { after, kind, node, downMs: chance() < 0.7 ? below(3_000) : below(600_000) }
    case 'segment-lost':
    case 'header-damaged':
    case 'tail-cut':
      return { after, kind, node, downMs: below(60_000), which: chance() }
    case 'disk-full':
      return { after, kind, node, downMs: below(60_000) }
    case 'power':
      return { after, kind, node, downMs: below(60_000), survivors: chance() }
    case 'cap':
      return { after, kind, node, budget: below(4), cap: below(1_000), isEverywhere: true }
    case 'key-moved':
      return { after, kind, key: below(3), set: below(4) }
    case 'time':
      return { after, kind, ms: chance() < 0.5 ? below(120_000) : below(5_400_000) }
    case 'drain':
      return { after, kind, node, records: 1 + below(4) }
    case 'store-restored':
      return { after, kind, isEmpty: chance() < 0.3 }
    case 'store-backup':
      return { after, kind }
    default:
      return { after, kind, node }
  }
}

/** The shortest failing list of events, found by leaving out ever smaller parts. */
export function shrink(history: History, fails: (history: History) => boolean): History {
  let events = [...history.events]
  for (let size = Math.ceil(events.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < events.length; ) {
      const fewer = [...events.slice(0, start), ...events.slice(start + size)]
      if (fails({ ...history, events: fewer })) events = fewer
      else start += size
    }
  }
  return { ...history, events }
}
