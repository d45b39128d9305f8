// One simulated node: boots from its folder, serves calls through the real hold book, journals, drains. The
// world controls time, network and randomness.

import type { DrainOffset, HolderClaim, Registration } from '../../src/contract/stores.ts'
import type { Charge, ExchangeRecord } from '../../src/contract/record.ts'
import { canForgive, forgive, settleLot, tryReserve } from '../../src/gateway/admit/hold.ts'
import {
  type Book,
  bookRules,
  type Effect,
  createHoldBook,
  type Lot,
  type Outcome,
  slotOf,
} from '../../src/gateway/admit/hold-book.ts'
import { wait } from '../../src/gateway/admit/hold-queue.ts'
import { step, takeEffects, type BookEvent } from '../../src/gateway/admit/hold-step.ts'
import { BudgetPublisher, type Standing } from '../../src/gateway/admit/budget-publisher.ts'
import {
  drainPass,
  type DrainState,
  type DrainSteps,
  retireEpoch,
} from '../../src/gateway/record/drain-pass.ts'
import { type Entry, formatVersion } from '../../src/gateway/record/journal-format.ts'
import type { Recovered } from '../../src/gateway/record/recovery.ts'
import { windowAt } from '../../src/kit/windows.ts'
import { checkAdmitted, checkBook, checkTotals, must } from './check.ts'
import {
  begin,
  type DiskRules,
  diskOf,
  emptyFolder,
  endOf,
  type Folder,
  losePower,
  recover,
  type Segment,
  syncAll,
  syncedOf,
  syncUpTo,
  write,
} from './folder.ts'
import type { SimEvent } from './generate.ts'
import { budgets } from './operator.ts'
import { forgetLost, forgetUnnoticed, type SimCall, sets, type World } from './world.ts'
import { billOf, boundOfCall, demandOf } from './spending.ts'

export interface SimNode {
  folder: Folder
  /** The number of the operator's file that it has. */
  file: number
  incarnation: number
  network: { drops: number; repeats: number; delayMs: number }
  /** Runs a function inside the process, if it is still the same one; later, if it is paused. */
  run(incarnation: number, what: () => void): void
  noticed(holder: string): void
  suffer(event: SimEvent): void
  /** It gets this file: now if it is up, else at its start. */
  bring(file: number): void
  standing(): Standing | undefined
  kill(downMs: number): void
  heal(): void
  /** Nothing is failing: the money that the caps have left must be available. */
  probe(): void
  stop(): void
}

const tickMs = 30_000
const patienceMs = 2_000

export function node(world: World, first: Folder, file = 0): SimNode {
  const { heap, mutation } = world
  let book: Book | undefined
  let publisher: BudgetPublisher | undefined
  let isPublishing = false
  let isServing = false
  let isUp = false
  let isBroken = false
  let pausedUntil = 0
  let rate = 1
  let rateFrom = 0
  let mono = 1_000
  let drainState: DrainState | undefined
  let isDraining = false
  let recovered: Recovered | undefined
  let isCaughtUp = false
  /** The end of the last pass. */
  let drained: DrainOffset | undefined
  let toReconcile: { holder: string; epoch: number } | undefined
  /** For open exchanges: copied into each new segment. */
  const openLines = new Map<string, Entry>()
  let granted = 0
  const rules: DiskRules = {
    syncs: true,
    head: (folder) => folder.head,
    previous: (end) => end,
    ...mutation.disk,
  }
  let batch = 3
  let ticks = 0
  const inFlight = new Map<string, { call: SimCall; lot: Lot }>()

  const monotonic = () => mono + (heap.now - rateFrom) * rate
  const later = (ms: number, what: () => void) => {
    const { incarnation } = self
    heap.plan(heap.now + ms, () => self.run(incarnation, what))
  }

  const self: SimNode = {
    folder: first,
    file,
    incarnation: 0,
    network: { drops: 0, repeats: 0, delayMs: 5 },
    run(incarnation, what) {
      if (incarnation !== self.incarnation || !isUp) return
      if (heap.now < pausedUntil) return heap.plan(pausedUntil, () => self.run(incarnation, what))
      what()
    },
    noticed(holder) {
      later(2, () => book?.holder === holder && happen({ kind: 'notice' }))
    },
    suffer,
    bring(next) {
      self.file = next
      self.run(self.incarnation, () => {
        publisher?.put(world.operator.rules(self.file))
        publish()
      })
    },
    standing: () => publisher?.standing(),
    kill,
    heal() {
      world.lastEnd = Math.max(world.lastEnd, pausedUntil)
      self.network = { drops: 0, repeats: 0, delayMs: 3 }
      batch = 50
      if (!isUp) boot()
    },
    probe,
    stop() {
      if (!book || !isUp) return
      if (inFlight.size > 0) throw new Error('calls are still running')
      happen({ kind: 'stop' })
      syncAll(self.folder)
      drain()
    },
  }
  boot()
  return self

  function boot() {
    isUp = true
    isServing = false
    isDraining = false
    isBroken = false
    book = undefined
    publisher = undefined
    isPublishing = false
    self.incarnation += 1
    inFlight.clear()
    drainState = undefined
    isCaughtUp = false
    drained = undefined
    toReconcile = undefined
    openLines.clear()
    granted = 0
    const { folder } = self
    if (folder.isCopy && mutation.noticesCopies !== false) {
      // a copy is another node: it claims nothing and leaves the journal to the original
      self.folder = { ...emptyFolder(folder.bootId) }
    }
    self.folder.isCopy = false
    if (!recoverFolder()) {
      isUp = false
      self.folder.isFull = false
      heap.plan(heap.now + 3_000, () => isUp || boot())
      return
    }
    register(recovered!, registered)
  }

  /** false: the disk is full, and nothing starts. */
  function recoverFolder(): boolean {
    const { identity } = self.folder
    const ledger = identity && world.operate('holder', { id: identity.holder })
    const seen = ledger && mutation.standing ? mutation.standing(ledger) : ledger
    const folder =
      mutation.isBootIdKnown === false
        ? { ...self.folder, bootId: self.folder.segments.at(-1)?.header.bootId ?? '' }
        : self.folder
    try {
      recovered = recover(folder, seen, heap.now, rules)
    } catch {
      return false
    } finally {
      if (folder !== self.folder) Object.assign(self.folder, { ...folder, bootId: self.folder.bootId })
    }
    const isUnproven = ledger?.open.some(({ epoch }) => !recovered!.proven.includes(epoch)) ?? false
    if ((isUnproven || recovered.isSetBack) && identity) {
      must(
        self.folder.isHarmed || world.excused.has(identity.holder),
        () => `a journal that nothing happened to is not proven: ${recovered!.reason}`,
      )
      world.excused.add(identity.holder)
    }
    return true
  }

  function register(
    proof: Pick<Recovered, 'proven' | 'seenEpoch' | 'isSetBack'>,
    then: (registration: Registration, claimed: string | undefined) => void,
  ) {
    const { identity } = self.folder
    const claim: HolderClaim = {
      ...(identity ? { holder: identity.holder, nonce: identity.nonce } : {}),
      bootId: self.folder.bootId,
      proven: proof.proven,
      seenEpoch: Math.max(proof.seenEpoch, identity?.epoch ?? 0),
      isSetBack: mutation.noticesSetBack !== false && proof.isSetBack,
    }
    let isDone = false
    world.send(self, 'register', { claim, fresh: { holder: '', nonce: '' } }, (registration) => {
      if (isDone) return
      isDone = true
      then(registration, identity?.holder)
    })
    later(patienceMs, () => {
      if (isDone) return
      isDone = true
      // the response may be lost: then this nonce is used up, and its holds wait for an administrator
      if (identity) world.excused.add(identity.holder)
      register(proof, then)
    })
  }

  function registered(registration: Registration, claimed: string | undefined) {
    const { folder } = self
    if (claimed !== undefined && claimed !== registration.holder) world.excused.add(claimed)
    drainState = {
      offsets: new Map([[registration.holder, registration.drained]]),
      cursor: registration.drained,
      synced: { segment: 0, offset: 0 },
      batchRecords: batch,
      isStopped: false,
      isWoken: false,
      records: 0,
      rejected: 0,
    }
    const { holder, nonce, timeline, epoch } = registration
    folder.identity = { holder, nonce, timeline, epoch }
    beginSegment(recovered!.nextNumber, recovered!.previous)
    book = createHoldBook(
      registration,
      monotonic(),
      { nodes: world.history.nodes },
      { ...bookRules, ...mutation.book },
    )
    // a store that was set back does not know what was spent since and does not report it: the journal sends
    // it first
    isServing = mutation.drainsBeforeServing === false
    if (claimed === holder) toReconcile = { holder, epoch }
    later(world.chance() * tickMs, tick)
    publisher = new BudgetPublisher({ keys: world.operator, isAlone: mutation.isAlone === true })
    publisher.put(world.operator.rules(self.file))
    publish()
    drain()
  }

  function registeredAgain(registration: Registration, claimed: string | undefined) {
    if (claimed !== undefined) world.excused.add(claimed)
    const { holder, nonce, timeline, epoch } = registration
    if (drainState && !drainState.offsets.has(holder)) drainState.offsets.set(holder, registration.drained)
    self.folder.identity = { holder, nonce, timeline, epoch }
    granted = 0
    roll()
    happen({ kind: 'registered', registration })
  }

  /** A full segment is synced, then another one follows. */
  function roll() {
    syncAll(self.folder)
    const last = self.folder.segments.at(-1)
    if (last) beginSegment(last.header.number + 1, endOf(last))
  }

  function beginSegment(number: number, previous: ReturnType<typeof endOf> | undefined) {
    const { identity, bootId } = self.folder
    const { holder, epoch } = identity!
    const seq = granted > 0 ? { seq: granted } : {}
    const link = previous ? { previous: rules.previous(previous) } : {}
    const header = {
      kind: 'segment',
      format: formatVersion,
      holder,
      epoch,
      number,
      bootId,
      sync: 'batch',
      at: heap.now,
      ...seq,
      ...link,
    } as const
    begin(self.folder, header, [...openLines.values()], heap.now)
  }

  function kill(downMs: number) {
    if (!isUp) return
    if (heap.now >= pausedUntil) syncUpTo(self.folder, heap.now)
    isUp = false
    publisher = undefined
    pausedUntil = 0
    self.incarnation += 1
    for (const { call } of inFlight.values()) end(call, call.truth)
    inFlight.clear()
    if (downMs > 0) heap.plan(heap.now + downMs, () => isUp || boot())
  }

  function suffer(event: SimEvent) {
    if (event.kind === 'call') {
      if (!isUp || heap.now < pausedUntil) return
      const demand = demandOf(event)
      const own = `key-${event.key}`
      const shared = sets[world.sets[event.key] ?? 0]!
      const buckets = world.operator.hasBudget(own) ? [own, ...shared] : shared
      start(boundOfCall(mutation.demand ? mutation.demand(demand) : demand), buckets, event)
    } else if (event.kind === 'key-budget') {
      if (!isUp || !publisher || heap.now < pausedUntil) return
      const name = `key-${event.key}`
      publisher.revise(name, world.operator.changeKey(name, event.cap === 0 ? undefined : event.cap))
      publish()
    } else if (event.kind === 'network') {
      self.network = event
      later(60_000, () => (self.network = { drops: 0, repeats: 0, delayMs: 5 }))
    } else if (event.kind === 'pause') pausedUntil = Math.max(pausedUntil, heap.now + event.ms)
    else if (event.kind === 'rate') {
      mono = monotonic()
      rateFrom = heap.now
      rate = event.rate
    } else if (event.kind === 'kill') kill(1 + event.downMs)
    else if (event.kind === 'power') {
      kill(1 + event.downMs)
      lose(losePower(self.folder, event.survivors, `boot${++world.ids}`))
      forgetLost(world)
      checkDrained()
    } else if (event.kind === 'segment-lost' || event.kind === 'header-damaged') {
      const { segments } = self.folder
      const segment = segments[Math.floor(event.which * segments.length)]
      if (!segment) return
      kill(1 + event.downMs)
      harm(segment, event.kind === 'header-damaged' ? segment.entries : segment.entries.splice(0))
      if (event.kind === 'header-damaged') segment.isHeaderDamaged = true
      else self.folder.segments = segments.filter((other) => other !== segment)
    } else if (event.kind === 'tail-cut') cutTail(event.which, event.downMs)
    else if (event.kind === 'disk-full') {
      kill(1 + event.downMs)
      self.folder.isFull = true
    } else if (event.kind === 'segment-full') {
      if (isUp && heap.now >= pausedUntil && book) roll()
    } else if (event.kind === 'retention') {
      const below = book && drainState?.offsets.get(book.holder)?.segment
      if (isUp && below !== undefined)
        diskOf(self.folder, rules).deleteOld(below, heap.now, { keepMs: 0, keepBytes: 0 })
    } else if (event.kind === 'disk-lost') {
      kill(1)
      for (const { header, entries } of self.folder.segments) {
        world.excused.add(header.holder)
        lose(entries.map(({ entry }) => entry))
      }
      self.folder = { ...emptyFolder(self.folder.bootId), hasLostEvidence: true }
      forgetUnnoticed(world)
      forgetLost(world)
    } else if (event.kind === 'restart-clean') restart()
    else if (event.kind === 'drain') {
      batch = event.records
      drain()
      // a second drain that starts at the store position of the first one
      secondDrain(event.records + 1)
    } else if (event.kind === 'write-off') {
      const holder = self.folder.identity?.holder
      if (!holder) return
      world.excused.add(holder)
      world.operate('decide', { order: { action: 'write-off', holder, silentMs: 0, by: 'admin' } })
    }
  }

  function lose(entries: readonly Entry[]) {
    for (const entry of entries) {
      const call = world.calls.get(
        entry.kind === 'open' ? entry.exchange : entry.kind === 'close' ? entry.record.id : '',
      )
      if (call) call.isExcused = call.isForgotten = true
    }
  }

  function harm(segment: Segment, entries: Segment['entries']) {
    self.folder.isHarmed = true
    self.folder.hasLostEvidence = true
    world.excused.add(segment.header.holder)
    if (segment.isDrained && !world.wasSetBack) return
    lose(entries.map(({ entry }) => entry))
    forgetLost(world)
  }

  /** After the part that the ledger knows; a later cut there cannot be noticed. */
  function cutTail(which: number, downMs: number) {
    const last = self.folder.segments.at(-1)
    const heard = self.folder.identity && world.state.holders.get(self.folder.identity.holder)?.heard
    if (!last || heard?.segment !== last.header.number || heard.offset < 2) return
    kill(1 + downMs)
    harm(last, last.entries.splice(Math.floor(which * (heard.offset - 1))))
  }

  /** Records in the store survive in the journal: it was synced. */
  function checkDrained() {
    const drained = self.folder.identity && world.state.holders.get(self.folder.identity.holder)?.drained
    const segment = self.folder.segments.find(({ header }) => header.number === drained?.segment)
    if (!segment || !drained || self.folder.hasLostEvidence) return
    must(
      drained.offset <= segment.entries.length + 1,
      () => `the store has drained segment ${drained.segment} further than the disk kept of it`,
    )
  }

  function restart() {
    if (!book || !isUp || inFlight.size > 0 || heap.now < pausedUntil) return
    happen({ kind: 'stop' })
    write(self.folder, { kind: 'clean-close', at: heap.now }, heap.now)
    syncAll(self.folder)
    if (world.chance() < 0.5) retire(book.holder, book.epoch)
    // the machine may be new: only the mark of the clean close proves the journal
    if (world.chance() < 0.5) self.folder.bootId = `boot${++world.ids}`
    kill(500)
  }

  /**
   * An epoch that was drained to its clean end needs no proof. The store is near: nothing is lost on the way.
   */
  function retire(holder: string, epoch: number) {
    if (!drainState) return
    drainState.synced = syncedOf(self.folder)
    do {
      const pass = drainPass(drainState, ports())
      for (let next = pass.next(); !next.done; )
        next = pass.next(world.operate('settle', { batch: next.value }))
    } while (drainState.isWoken)
    const steps = retireEpoch(drainState, holder, epoch)
    const step = steps.next()
    if (!step.done) world.operate('settle', { batch: step.value })
  }

  /** As main/budget-activator.ts does it: one request at a time, repeated after a while. */
  function publish() {
    const question = isPublishing ? undefined : publisher?.next()
    if (!question) return
    const { holder } = self.folder.identity!
    isPublishing = true
    let isAnswered = false
    const responses = (response: Parameters<BudgetPublisher['take']>[0]) => {
      if (isAnswered) return
      isAnswered = true
      isPublishing = false
      publisher?.take(response)
      publish()
    }
    if (question.kind === 'read') world.send(self, 'configured', { holder }, responses)
    else world.send(self, 'configure', { change: { ...question.change, holder } }, responses)
    later(patienceMs, () => {
      if (isAnswered) return
      if (mutation.trustsSilence && question.kind === 'change')
        return responses({
          kind: 'configured',
          active: {
            version: question.change.since + 1,
            rules: question.change.rules,
            rulesSince: 0,
            seen: 0,
          },
        })
      isAnswered = true
      isPublishing = false
      publisher?.fail()
      publish()
    })
  }

  function tick() {
    if (publisher?.standing() === 'older') {
      publisher.refresh()
      publish()
    }
    if (++ticks % 4 === 0) checkTotals(world)
    if (book) checkBook(book, isBroken)
    happen({ kind: 'tick' })
    world.send(self, 'expire', { silentMs: 30_000 + tickMs }, () => {})
    drain()
    reconcile()
    later(tickMs, tick)
  }

  function happen(event: BookEvent) {
    if (book) carryOut(step(book, event, monotonic()))
  }

  function carryOut(effects: readonly Effect[]) {
    if (!book) return
    const { epoch } = book
    for (const effect of effects) {
      if (effect.kind === 'answer') effect.waiter.answer(effect.outcome)
      else if (effect.kind === 'granted') {
        granted = Math.max(granted, effect.seq)
        write(self.folder, { kind: 'grant', at: heap.now, seq: effect.seq, holds: [] }, heap.now)
      } else if (effect.kind === 'wake')
        later(Math.max(0, (effect.at - monotonic()) / rate) + 1, () => happen({ kind: 'wake' }))
      else if (effect.kind === 'acquire') {
        const request = { ...effect.request, position: position() }
        const { seq } = request
        const askedAt = monotonic()
        world.send(self, 'acquire', { request }, (response) =>
          happen({ kind: 'acquired', epoch, seq, askedAt, reply: response }),
        )
        later(250, () => happen({ kind: 'acquire-failed', epoch, seq }))
      } else if (effect.kind === 'renew') {
        const askedAt = monotonic()
        world.send(self, 'renew', { ...effect, position: position() }, (response) =>
          happen({ kind: 'renewed', epoch, askedAt, reply: response }),
        )
        later(patienceMs, () => happen({ kind: 'renew-failed', epoch }))
      } else if (effect.kind === 'give-back') {
        const { request } = effect
        world.send(self, 'giveBack', { request }, () => happen({ kind: 'returned', request }))
        later(patienceMs, () => happen({ kind: 'return-failed', request }))
      } else if (effect.kind === 'register') {
        self.folder.isHarmed = true
        if (self.folder.identity) world.excused.add(self.folder.identity.holder)
        register({ proven: [], seenEpoch: 0, isSetBack: false }, registeredAgain)
      }
    }
  }

  function start(bound: number, buckets: readonly string[], how: Extract<SimEvent, { kind: 'call' }>) {
    if (!book || !isServing || book.isStopped) return
    const current = book
    const now = monotonic()
    const slots = buckets.map((name) => slotOf(current, name, 0n, now))
    const lot: Lot = { slots, amounts: buckets.map(() => bound), holds: [] }
    const id = `x${++world.ids}`
    if (tryReserve(current, lot, now)) return run(id, lot, bound, how)
    const received = (outcome: Outcome) => {
      if (outcome.kind === 'reserved') run(id, lot, bound, how)
      else world.refusals[outcome.kind === 'unknown' ? 'unknown' : 'exhausted'] += 1
    }
    const direct = wait(current, lot, now, received)
    if (direct) received(direct)
    carryOut(takeEffects(current))
  }

  function run(id: string, lot: Lot, bound: number, how: Extract<SimEvent, { kind: 'call' }>) {
    const storeNow = monotonic() + book!.storeOffset
    const buckets = lot.slots.map((slot) => slot.budget)
    const call: SimCall = {
      id,
      buckets,
      windows: buckets.map((name) => nameIn(name, storeNow)),
      bound,
      truth: 0,
      wasSent: false,
      isEnded: false,
      isExcused: false,
      isForgotten: false,
    }
    world.calls.set(id, call)
    world.served += 1
    for (const [index, name] of call.windows.entries()) {
      const paidFrom = `${buckets[index]}\n${lot.holds[index]?.window}`
      must(paidFrom === name || name.endsWith('\nr'), () => `a call of ${name} is paid from ${paidFrom}`)
      world.admitted.set(name, (world.admitted.get(name) ?? 0) + bound)
      checkAdmitted(world, buckets[index]!, name)
    }
    inFlight.set(id, { call, lot })
    world.lastEnd = Math.max(world.lastEnd, heap.now + how.takes)
    const entry: Entry = {
      kind: 'open',
      exchange: id,
      attempt: 1,
      at: heap.now,
      target: 't',
      boundNano: String(bound),
      buckets: charges(lot, bound),
      base: record(id),
    }
    if (mutation.writesOpen !== false) {
      write(self.folder, entry, heap.now)
      openLines.set(id, entry)
    }
    later(1, () => {
      if (how.ends !== 'free') {
        call.wasSent = true
        call.truth = billOf(how)
      }
      world.lastEnd = Math.max(world.lastEnd, heap.now + how.takes)
      later(1 + how.takes, () => finish(call, lot, how))
    })
  }

  function finish(call: SimCall, lot: Lot, how: Extract<SimEvent, { kind: 'call' }>) {
    // the vendor does not report what it bills: forgiven up to the share, else charged at the maximum
    const nothing = lot.amounts.map(() => 0)
    const isForgiven = how.ends === 'unknown' && canForgive(lot, nothing, world.history.nodes)
    if (isForgiven) forgive(lot, nothing)
    const cost = isForgiven ? 0 : how.ends === 'unknown' ? call.bound : call.truth
    if (how.ends === 'above') isBroken = true
    settleLot(
      lot,
      lot.amounts.map(() => cost),
      monotonic(),
    )
    inFlight.delete(call.id)
    // what a vendor bills for a forgiven call is the named exception to promise 1, bounded in check.ts
    end(call, isForgiven ? 0 : Math.min(call.truth, call.bound))
    const closed: ExchangeRecord = {
      ...record(call.id),
      outcome: 'ok',
      status: 200,
      attempts: [],
      replyBytes: 0,
      times: { gateMs: 0, totalMs: 0 },
      charges: isForgiven
        ? charges(lot, call.bound).map((charge) => ({ ...charge, amount: '0', forgiven: charge.amount }))
        : charges(lot, cost),
    }
    write(self.folder, { kind: 'close', record: closed }, heap.now)
    openLines.delete(call.id)
    if (book) checkBook(book, isBroken)
    later(5, drain)
  }

  /** The call's maximum cost is replaced by its actual cost, unless the vendor exceeded its bound. */
  function end(call: SimCall, truth: number) {
    if (call.isEnded) return
    call.isEnded = true
    for (const name of call.windows)
      world.admitted.set(name, (world.admitted.get(name) ?? 0) - call.bound + Math.min(truth, call.bound))
  }

  function probe() {
    if (!book || !isUp) return
    must(isServing, () => 'a node does not serve although everything is well')
    for (const name of ['all', 'run#r1']) {
      let most = 0n
      for (const bucket of world.state.buckets.values()) {
        if (bucket.budget !== name) continue
        let gone = 0n
        for (const hold of bucket.holds)
          gone +=
            hold.state === 'live' && !world.excused.has(hold.holder)
              ? hold.spent
              : hold.granted - hold.returned
        most = bucket.cap - gone
      }
      if (most <= 0n) continue
      const amount = Number(most)
      const before = world.served
      const how = {
        after: 0,
        kind: 'call',
        node: 0,
        key: 0,
        bound: amount,
        billed: 0,
        takes: 1,
        ends: 'free',
      } as const
      start(amount, [name], how)
      heap.runUntil(heap.now + 1_500)
      must(world.served > before, () => `${name} has ${amount} left and refuses a call for as much`)
    }
  }

  function position() {
    if (heap.now >= pausedUntil) syncUpTo(self.folder, heap.now)
    return syncedOf(self.folder)
  }

  function ports() {
    return { disk: diskOf(self.folder, rules), report() {} }
  }

  function readable() {
    const synced = position()
    return mutation.drainsUnsynced ? { ...synced, offset: Infinity } : synced
  }

  function drain() {
    if (isDraining || !isUp || !drainState) return
    const synced = readable()
    // as in production, where only a sync wakes the drain
    if (isCaughtUp && drained?.segment === synced.segment && drained.offset === synced.offset) return
    isDraining = true
    drainState.synced = synced
    drainState.batchRecords = batch
    const steps = drainPass(drainState, ports())
    carryOn(drainState, steps, steps.next())
  }

  function carryOn(state: DrainState, steps: DrainSteps<void>, step: ReturnType<DrainSteps<void>['next']>) {
    if (step.done) {
      isDraining = false
      if (state.isWoken) return later(1, drain)
      isCaughtUp = true
      drained = state.synced
      isServing = book !== undefined
      return
    }
    let isAnswered = false
    world.send(self, 'settle', { batch: step.value }, (response) => {
      if (isAnswered) return
      isAnswered = true
      // a long journal takes time
      later(world.isHealing ? 1 : world.chance() * 300, () => carryOn(state, steps, steps.next(response)))
    })
    later(patienceMs, () => {
      if (isAnswered) return
      isAnswered = true
      isDraining = false
      drain()
    })
  }

  /** One transaction of another drain, which starts at the store position of the first one. */
  function secondDrain(most: number) {
    if (!isUp || !drainState) return
    const other: DrainState = {
      ...drainState,
      offsets: new Map(drainState.offsets),
      synced: readable(),
      batchRecords: most,
    }
    const step = drainPass(other, { ...ports(), disk: { ...ports().disk, markDrained() {} } }).next()
    if (!step.done) world.send(self, 'settle', { batch: step.value }, () => {})
  }

  /** Once everything of earlier runs is drained, a complete journal frees their holds. */
  function reconcile() {
    if (!toReconcile || !isCaughtUp) return
    const { holder, epoch } = toReconcile
    world.send(self, 'reconcile', { holder, beforeEpoch: epoch }, () => (toReconcile = undefined))
  }
}

function nameIn(bucket: string, storeNow: number): string {
  const per = budgets.find(({ id }) => bucket === id)?.per ?? (bucket.startsWith('key-') ? 'total' : 'run')
  return `${bucket}\n${per === 'run' ? 'r' : windowAt(per, 'UTC', storeNow).name}`
}

const charges = (lot: Lot, amount: number): Charge[] =>
  amount === 0
    ? []
    : lot.holds.map((hold) => ({
        bucket: hold.slot.budget,
        window: hold.window,
        amount: String(amount),
        epoch: hold.epoch,
      }))

const record = (id: string) => ({
  id,
  at: 0,
  kind: 'model.generate' as const,
  resource: { kind: 'model' as const, name: 'm' },
  dialect: 'd',
  isStream: false,
  requestBytes: 0,
})
