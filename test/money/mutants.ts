// Rules of the design, each broken on purpose. The simulation must notice every one, or it proves nothing.

import {
  type Declared,
  declarationOf,
  free,
  type LedgerState,
  outstanding,
} from '../../src/storage/memory/ledger-state.ts'
import type { SettleBatch } from '../../src/contract/stores.ts'
import type { Mutation } from './world.ts'

export const mutants: Readonly<Record<string, Mutation>> = {
  'the money of a silent holder is freed': {
    after: {
      expire(state, silent) {
        for (const id of silent)
          for (const hold of state.holders.get(id)?.holds ?? []) free(hold, outstanding(hold))
      },
    },
  },
  'the total that was granted is taken for a difference': {
    book: { grantedAfter: (hold, reported) => hold.granted + reported },
  },
  'the total that was returned is taken for a difference': {
    before: {
      giveBack(state, { request }) {
        for (const { budget, window, returned } of request.holds) {
          const holds = state.buckets.get(`${budget}\n${window}`)?.holds ?? []
          const hold = holds.find((other) => other.holder === request.holder && other.epoch === request.epoch)
          if (hold) free(hold, returned)
        }
      },
    },
  },
  'the sequence number of an acquire is ignored': {
    before: {
      acquire(state, { request }) {
        const holder = state.holders.get(request.holder)
        if (holder) holder.reply = undefined
      },
    },
  },
  'the epoch of a holder is ignored': {
    before: {
      acquire(state, { request }) {
        request.epoch = state.holders.get(request.holder)?.epoch ?? request.epoch
      },
      giveBack(state, { request }) {
        request.epoch = state.holders.get(request.holder)?.epoch ?? request.epoch
      },
    },
  },
  'units beyond tokens are left out of the bound': { demand: (demand) => ({ ...demand, units: {} }) },
  'a call that starts is not journaled': { writesOpen: false },
  'reserved money is returned': { book: { returnable: (hold) => Math.max(0, hold.free) + hold.reserved } },
  'the offset of the drain moves before its transaction': {
    before: {
      settle(state, { batch }, chance) {
        const holder = state.holders.get(batch.holder)
        if (holder && isNext(state, batch) && chance() < 0.2) holder.drained = batch.to
      },
    },
  },
  'a record that was there already is booked again': {
    before: {
      settle(state, { batch }) {
        if (isNext(state, batch)) for (const record of batch.records) state.records.delete(record.id)
      },
    },
  },
  'a grant is used after its window': { book: { serves: () => true } },
  'the boot id is ignored': { isBootIdKnown: false },
  'an unproven journal frees money': {
    before: {
      register(_, { claim }) {
        claim.proven = Array.from({ length: 100 }, (_, epoch) => epoch)
      },
      reconcile(state, event) {
        for (const hold of state.holders.get(event.holder)?.holds ?? [])
          if (hold.state === 'doubt') hold.state = 'proven'
      },
    },
  },
  'a copy of a data folder is taken for the original': { noticesCopies: false },
  'the predecessor that a segment names is ignored': { disk: { previous: (end) => ({ ...end, number: 0 }) } },
  'the segment that head names is ignored': {
    disk: { head: (folder) => folder.segments.at(-1)?.header.number },
    standing: (ledger) => ({ ...ledger, heard: ledger.drained }),
  },
  'the position that the ledger heard of is ignored': {
    standing: (ledger) => ({ ...ledger, heard: { segment: 0, offset: 0 } }),
  },
  'the drain reads what is not synced': { drainsUnsynced: true },
  'a store that was set back is not noticed': { noticesSetBack: false },
  'a store that was set back is drawn on before the journal is drained': { drainsBeforeServing: false },
  'the version that a change was made from is ignored': {
    before: {
      configure(state, { change }) {
        change.since = state.inForce.version
      },
    },
  },
  'a change that comes twice is applied twice': {
    before: {
      configure(state, { change }) {
        if (applied.has(change)) change.since = state.inForce.version
        applied.add(change)
      },
    },
  },
  'a budget of a change is dropped': {
    before: {
      configure(_, { change }, chance) {
        const part = change.ofKeys ?? change.ofRules
        if (part && chance() < 0.1) Object.assign(part, { put: part.put.slice(1) })
      },
    },
  },
  'a budget that goes is kept': {
    before: {
      configure(_, { change }) {
        if (change.ofKeys) Object.assign(change.ofKeys, { remove: [] })
      },
    },
  },
  'a change whose answer is lost counts as made': { trustsSilence: true },
  'a start publishes over newer rules': { isAlone: true },
  'a cap does not follow in a window that a clock brings back': {
    before: {
      acquire(state) {
        for (const { budget, cap } of state.buckets.values()) {
          const declared = declarationOf(state, budget)
          if (!declared || declared.cap === cap) continue
          state.declared.set(declared.id, { ...declared, cap })
          changed.set(declared.id, declared)
        }
      },
    },
    after: {
      acquire(state) {
        for (const [id, declared] of changed) state.declared.set(id, declared)
        changed.clear()
      },
    },
  },
}

function isNext(state: LedgerState, { holder, from }: SettleBatch): boolean {
  const drained = state.holders.get(holder)?.drained
  return drained?.segment === from.segment && drained.offset === from.offset
}

const applied = new WeakSet<object>()
const changed = new Map<string, Declared>()
