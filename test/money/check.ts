// The promises, as checks that stop the simulation.

import type { AcquireRequest } from '../../src/contract/stores.ts'
import { outstanding } from '../../src/storage/memory/ledger-state.ts'
import type { Book } from '../../src/gateway/admit/hold-book.ts'
import type { World } from './world.ts'

export class Violation extends Error {}

export function must(isTrue: boolean, what: () => string): void {
  if (!isTrue) throw new Violation(what())
}

/**
 * Call it before an acquire, and the returned function after it: no grant lifts the committed amount above
 * the cap, and no request is granted twice.
 */
export function checkAcquire(world: World, { holder, epoch, seq }: AcquireRequest): () => void {
  const { state } = world
  const before = new Map<string, bigint>()
  for (const [name, bucket] of state.buckets) before.set(name, bucket.committed)
  return () => {
    for (const [name, bucket] of state.buckets) {
      if (bucket.committed <= (before.get(name) ?? 0n)) continue
      // by the written rules, not by the store's state
      const cap = world.operator.capOf(bucket.budget)
      must(
        cap !== undefined && Number(bucket.committed) <= cap,
        () => `a grant lifted ${bucket.budget} to ${bucket.committed}, above its cap of ${cap}`,
      )
      const request = `${state.timeline}/${holder}/${epoch}/${seq}/${name}`
      must(!world.granted.has(request), () => `request ${seq} of ${holder} was granted twice`)
      world.granted.add(request)
    }
  }
}

/** The store's accounts, at any moment. */
export function checkTotals(world: World): void {
  for (const bucket of world.state.buckets.values()) {
    let committed = bucket.closed
    for (const hold of bucket.holds) {
      committed += hold.granted - hold.returned
      must(
        outstanding(hold) >= 0n,
        () => `${hold.holder} has spent and returned more of ${bucket.budget} than it was granted`,
      )
    }
    must(
      committed === bucket.committed,
      () => `${bucket.budget}: committed is ${bucket.committed}, its holds say ${committed}`,
    )
  }
}

/** A node's accounts, at any moment. */
export function checkBook(book: Book, hasBrokenBound: boolean): void {
  for (const slot of book.slots.values())
    for (const hold of slot.holds) {
      const spent = hold.spentBefore + BigInt(hold.spent)
      const used = spent + BigInt(hold.reserved) + hold.returned
      must(hold.reserved >= 0, () => `${slot.budget} has less than nothing reserved`)
      must(
        hold.free < 0 || hasBrokenBound || used <= hold.granted,
        () => `${slot.budget}: spent + reserved + returned is ${used} of ${hold.granted} granted`,
      )
      must(
        used + BigInt(hold.free) === hold.granted || hold.epoch !== book.epoch,
        () => `${slot.budget}: free does not add up`,
      )
    }
}

/** The maximum cost of admitted calls never exceeds the largest cap that was active. */
export function checkAdmitted(world: World, bucket: string, name: string): void {
  const cap = world.operator.mostOf(bucket)
  const admitted = world.admitted.get(name) ?? 0
  must(admitted <= cap, () => `${name}: calls for ${admitted} were let in under a cap of ${cap}`)
}

export function checkQuiet(world: World): void {
  const { state } = world
  checkTotals(world)
  for (const call of world.calls.values()) {
    const record = state.records.get(call.id)
    if (call.isExcused || !call.wasSent) continue
    must(record !== undefined, () => `the record of ${call.id} is lost`)
    for (const bucket of call.buckets) {
      const own = record?.charges?.find((charge) => charge.bucket === bucket)
      // forgiven amounts are not charged, and are named
      const charged = Number(own?.amount ?? 0) + Number(own?.forgiven ?? 0)
      // for a call that was cut, only its maximum cost is known
      const known = record?.outcome === 'cut' ? Math.min(call.truth, call.bound) : call.truth
      must(charged >= known, () => `${call.id} cost ${call.truth} and ${bucket} was charged ${charged}`)
      must(
        record?.outcome === 'cut' || charged <= Math.max(call.truth, call.bound),
        () => `${call.id} was charged ${charged} for ${call.truth}`,
      )
    }
  }

  const recorded = new Map<string, bigint>()
  for (const record of state.records.values())
    for (const { bucket, window, amount } of record.charges ?? []) {
      const name = `${bucket}\n${window}`
      recorded.set(name, (recorded.get(name) ?? 0n) + BigInt(amount))
    }
  for (const [name, bucket] of state.buckets) {
    // the named exception to promise 1
    const most = world.operator.mostOf(bucket.budget)
    must(
      Number(bucket.forgiven) <= most / 10,
      () => `${bucket.budget}: ${bucket.forgiven} were forgiven of a cap of ${most}`,
    )
    let spent = bucket.closed
    for (const hold of bucket.holds) {
      spent += hold.spent
      const isStuck = outstanding(hold) > 0n && !world.excused.has(hold.holder)
      must(
        !isStuck,
        () =>
          `${outstanding(hold)} of ${bucket.budget} (${bucket.window.name}) is stuck at ${hold.holder} epoch ${hold.epoch} ${hold.state}`,
      )
    }
    must(
      spent === (recorded.get(name) ?? 0n),
      () => `${bucket.budget}: records say ${recorded.get(name) ?? 0n}, spent says ${spent}`,
    )
  }
  for (const id of world.excused) writeOffAll(world, id)
  for (const bucket of state.buckets.values())
    for (const hold of bucket.holds)
      must(
        outstanding(hold) === 0n,
        () =>
          `${bucket.budget}: ${outstanding(hold)} of ${hold.holder} (epoch ${hold.epoch}, ${hold.state}) stays in doubt after it was written off`,
      )
}

function writeOffAll(world: World, id: string): void {
  const holder = world.state.holders.get(id)
  if (!holder) return
  world.operate('expire', { silentMs: -Infinity })
  world.operate('decide', { order: { action: 'write-off', holder: id, silentMs: 0, by: 'admin' } })
}
