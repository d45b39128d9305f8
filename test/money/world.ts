// One simulated installation: a store, nodes, the network between them, vendors that bill, and the faults of
// a history. Runs a history to its end, heals everything, and returns the first broken promise.

import type { HolderStatus, Registration } from '../../src/contract/stores.ts'
import type { Demand } from '../../src/contract/usage.ts'
import type { BookRules } from '../../src/gateway/admit/hold-book.ts'
import { type Operations, step } from '../../src/storage/memory/ledger-machine.ts'
import { emptyLedger, type LedgerState } from '../../src/storage/memory/ledger-state.ts'
import { checkAcquire, checkQuiet, must, Violation } from './check.ts'
import { copyOf, type DiskRules, emptyFolder, type Folder } from './folder.ts'
import { type Chance, chanceFrom, type History, type SimEvent } from './generate.ts'
import { heap, type Heap } from './heap.ts'
import { node as startNode, type SimNode } from './node.ts'
import { Operator } from './operator.ts'

/** The fault of a mutant. */
export interface Mutation {
  book?: Partial<BookRules>
  /** Damages the store or the operation before it runs, or the store afterwards. */
  before?: {
    [Name in keyof Operations]?: (
      state: LedgerState,
      event: Operations[Name]['takes'],
      chance: Chance,
    ) => void
  }
  after?: { [Name in keyof Operations]?: (state: LedgerState, response: Operations[Name]['answers']) => void }
  writesOpen?: boolean
  isBootIdKnown?: boolean
  disk?: Partial<DiskRules>
  /** The ledger state that recovery receives. */
  standing?: (ledger: HolderStatus) => HolderStatus
  drainsUnsynced?: boolean
  noticesSetBack?: boolean
  noticesCopies?: boolean
  drainsBeforeServing?: boolean
  /** Whether a start replaces any active rules. */
  isAlone?: boolean
  /** A change without a response counts as done. */
  trustsSilence?: boolean
  /** The upper bound of a call. */
  demand?: (demand: Demand) => Demand
}

/** One call as the vendor and the journal know it. */
export interface SimCall {
  id: string
  buckets: readonly string[]
  windows: readonly string[]
  bound: number
  /** The vendor's actual bill; zero before the call was sent. */
  truth: number
  wasSent: boolean
  isEnded: boolean
  /**
   * The journal lost its entries with the power, the disk or a backup of the store: no record can be
   * expected.
   */
  isExcused: boolean
  /** No promise covers it if the store is set back as well. */
  isForgotten: boolean
}

export interface World {
  heap: Heap
  chance: Chance
  history: History
  mutation: Mutation
  state: LedgerState
  /** Added to virtual time for the store's clock. */
  storeOffset: number
  /** Writes rules and creates keys. */
  operator: Operator
  sets: number[]
  calls: Map<string, SimCall>
  /** The maximum cost of calls in flight plus the actual cost of ended ones, by bucket and actual window. */
  admitted: Map<string, number>
  nodes: SimNode[]
  /** Holders whose money may stay in doubt, because their journal cannot prove its content. */
  excused: Set<string>
  isHealing: boolean
  ids: number
  /** Requests that were granted money, by bucket. */
  granted: Set<string>
  /** The time when the last started call will end. */
  lastEnd: number
  backup: LedgerState | undefined
  wasSetBack: boolean
  refusals: { exhausted: number; unknown: number }
  served: number
  /** Sends an operation to the store; `reply` is called once for each response that arrives. */
  send<Name extends keyof Operations>(
    from: SimNode,
    name: Name,
    event: Operations[Name]['takes'],
    reply: (response: Operations[Name]['answers']) => void,
  ): void
  operate<Name extends keyof Operations>(
    name: Name,
    event: Operations[Name]['takes'],
  ): Operations[Name]['answers']
}

/** The buckets that a key's calls use, by the key's place. */
export const sets: readonly (readonly string[])[] = [
  ['hour', 'all'],
  ['hour', 'day', 'all'],
  ['day', 'run#r1', 'all'],
  ['hour', 'run#r2'],
]

export const startAt = Date.UTC(2026, 10, 23, 11, 40)

export interface Outcome {
  violation?: string
  served: number
  refused: number
}

export function simulate(history: History, mutation: Mutation = {}): Outcome {
  const world = create(history, mutation)
  try {
    play(world)
    quiet(world)
    return { served: world.served, refused: world.refusals.exhausted }
  } catch (error) {
    if (error instanceof Violation)
      return { violation: error.message, served: world.served, refused: world.refusals.exhausted }
    throw error
  }
}

function create(history: History, mutation: Mutation): World {
  const chance = chanceFrom(history.seed + 77)
  const chanceOfRules = chanceFrom(history.seed + 78)
  const world: World = {
    heap: heap(),
    chance,
    history,
    mutation,
    state: emptyLedger('t1'),
    storeOffset: startAt,
    operator: new Operator(history.caps),
    sets: [0, 1, 2],
    calls: new Map(),
    admitted: new Map(),
    nodes: [],
    excused: new Set(),
    isHealing: false,
    ids: 0,
    granted: new Set(),
    lastEnd: 0,
    backup: undefined,
    wasSetBack: false,
    refusals: { exhausted: 0, unknown: 0 },
    served: 0,
    operate(name, event) {
      const now = world.heap.now + world.storeOffset
      if (name === 'register')
        Object.assign(event, { fresh: { holder: `h${++world.ids}`, nonce: `n${++world.ids}` } })
      const check =
        'request' in event && 'needs' in event.request ? checkAcquire(world, event.request) : undefined
      world.mutation.before?.[name]?.(world.state, event, chance)
      const { reply, notices } = step(world.state, name, event, now)
      if ('claim' in event && event.claim.isSetBack) world.excused.add((reply as Registration).holder)
      world.mutation.after?.[name]?.(world.state, reply)
      check?.()
      if (name === 'configure') world.operator.check(world.state)
      for (const holder of notices) for (const other of world.nodes) other.noticed(holder)
      return reply
    },
    send(from, name, event, received) {
      const { drops, repeats, delayMs } = world.isHealing ? calm : from.network
      // from a separate random source, so that histories of money stay the same
      const chance = name === 'configure' || name === 'configured' ? chanceOfRules : world.chance
      const delay = () => 1 + chance() * delayMs
      const { incarnation } = from
      const { restores } = world.operator
      const deliver = () => {
        // a restored store has closed its connections: no earlier change reaches it (versions are numbered
        // anew from the backup)
        if (name === 'configure' && restores !== world.operator.restores) return
        const response = world.operate(name, event)
        if (chance() < drops) return
        world.heap.plan(world.heap.now + delay(), () => from.run(incarnation, () => received(response)))
      }
      if (chance() >= drops) world.heap.plan(world.heap.now + delay(), deliver)
      if (chance() < repeats) world.heap.plan(world.heap.now + delay() * 3, deliver)
    },
  }
  for (let index = 0; index < history.nodes; index += 1)
    world.nodes.push(startNode(world, emptyFolder(`boot${index}`)))
  return world
}

const calm = { drops: 0, repeats: 0, delayMs: 3 }

function play(world: World): void {
  let at = 500
  world.heap.runUntil(at)
  for (const event of world.history.events) {
    at += event.after
    world.heap.runUntil(at)
    if (event.kind === 'time') at += event.ms
    apply(world, event)
  }
  world.heap.runUntil(at + 1_000)
}

function apply(world: World, event: SimEvent): void {
  if (event.kind === 'clock') world.storeOffset += event.jumpMs
  else if (event.kind === 'cap') {
    const file = world.operator.edit(event.budget, event.cap)
    for (const node of world.nodes)
      if (event.isEverywhere || node === world.nodes[event.node]) node.bring(file)
  } else if (event.kind === 'file-brought') world.nodes[event.node]?.bring(world.operator.newest())
  else if (event.kind === 'key-moved') world.sets[event.key] = event.set
  else if (event.kind === 'time') {
    // time passes with the next event
  } else if (event.kind === 'store-backup') {
    // only a single node's store is ever set back
    world.backup = world.nodes.length > 1 ? undefined : structuredClone(world.state)
  } else if (event.kind === 'store-restored') restore(world, event.isEmpty)
  else {
    const node = world.nodes[event.node]
    if (!node) return
    if (event.kind === 'clone') {
      if (world.nodes.length < 4) world.nodes.push(startNode(world, copyOf(node.folder), node.file))
    } else node.suffer(event)
  }
}

/**
 * Only with one node, and while it is down: with more nodes the grants since the backup would have to be
 * declared again.
 */
function restore(world: World, isEmpty: boolean): void {
  const [node] = world.nodes
  if (!node || world.nodes.length > 1) return
  node.kill(50)
  world.state = isEmpty || !world.backup ? emptyLedger(`t${++world.ids}`) : structuredClone(world.backup)
  world.granted.clear()
  world.wasSetBack = true
  node.folder.isHarmed = true
  excuseDeleted(world, node.folder)
  forgetLost(world)
  for (const holder of world.state.holders.keys()) world.excused.add(holder)
  for (const segment of node.folder.segments) world.excused.add(segment.header.holder)
  world.operator.setBack(world.state)
}

/**
 * Retention deleted data that this store had received before it was set back: the records are lost, their
 * cost is not.
 */
function excuseDeleted(world: World, folder: Folder): void {
  const kept = new Set<string>()
  for (const { entries } of folder.segments.filter((segment) => !segment.isHeaderDamaged))
    for (const { entry } of entries)
      kept.add(entry.kind === 'open' ? entry.exchange : entry.kind === 'close' ? entry.record.id : '')
  for (const call of world.calls.values()) {
    if (kept.has(call.id) || world.state.records.has(call.id)) continue
    call.isExcused = true
    if (folder.hasLostEvidence) call.isForgotten = true
  }
}

/**
 * Only a folder can notice that its store was set back. This folder is lost before it has noticed: data that
 * the store had received and retention deleted is unknown.
 */
export function forgetUnnoticed(world: World): void {
  const { state } = world
  if (!world.wasSetBack || [...state.holders.values()].some(({ setBackAt }) => setBackAt !== undefined))
    return
  for (const call of world.calls.values())
    if (call.isExcused && !state.records.has(call.id)) call.isForgotten = true
}

/**
 * The store was set back and the journal is lost: no data about these calls exists any more, and no promise
 * covers them.
 */
export function forgetLost(world: World): void {
  if (!world.wasSetBack) return
  for (const call of world.calls.values()) {
    if (!call.isForgotten || world.state.records.has(call.id)) continue
    for (const name of call.windows)
      world.admitted.set(
        name,
        (world.admitted.get(name) ?? 0) - (call.isEnded ? Math.min(call.truth, call.bound) : call.bound),
      )
    call.windows = []
  }
}

/**
 * Faults end, nodes come back, journals are drained, and unprovable money is written off. Then everything
 * must add up.
 */
function quiet(world: World): void {
  const { heap } = world
  world.isHealing = true
  for (const node of world.nodes) node.heal()
  do heap.runUntil(Math.max(heap.now, world.lastEnd) + 10)
  while (world.lastEnd > heap.now)
  heap.runUntil(heap.now + 150_000)
  bringNewest(world)
  for (const node of world.nodes) node.probe()
  heap.runUntil(heap.now + 10_000)
  for (const node of world.nodes) node.stop()
  heap.runUntil(heap.now + 30_000)
  checkQuiet(world)
  world.operator.checkQuiet(world.state)
}

/**
 * An edit on an outdated node is refused with the reason. The edit after it is newer than all others and
 * reaches all nodes.
 */
function bringNewest(world: World): void {
  const [first] = world.nodes
  for (let edits = 0; edits < 2; edits += 1) {
    first?.bring(world.operator.edit(0, 500 + edits))
    world.heap.runUntil(world.heap.now + 10_000)
  }
  for (const node of world.nodes) node.bring(world.operator.newest())
  world.heap.runUntil(world.heap.now + 20_000)
  for (const node of world.nodes)
    must(
      node.standing() === 'current',
      () => `a node with the newest file says that its rules are ${node.standing()}`,
    )
}
