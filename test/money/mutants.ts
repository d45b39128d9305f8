// Rules of the design, each broken on purpose. The simulation must notice every one, or it proves nothing.

import { free, outstanding } from '../../src/storage/memory/ledger-state.ts'
import { step } from '../../src/storage/memory/ledger-machine.ts'
import type { Mutation } from './world.ts'

export const mutants: Readonly<Record<string, Mutation>> = {
  'the money of a silent holder is freed': {
    store(state, name, event, now) {
      if (name !== 'expire') return undefined
      const { reply } = step(state, name, event, now)
      for (const id of reply as readonly string[]) for (const hold of state.holders.get(id)?.holds ?? []) free(hold, outstanding(hold))
      return { reply }
    },
  },
  'the total that was granted is taken for a difference': { book: { grantedAfter: (hold, told) => hold.granted + told } },
  'the total that was returned is taken for a difference': {
    store(state, name, event) {
      if (name !== 'giveBack') return undefined
      for (const { budget, window, returned } of event.request.holds) {
        const hold = state.buckets
          .get(`${budget}\n${window}`)
          ?.holds.find((other) => other.holder === event.request.holder && other.epoch === event.request.epoch)
        if (hold) free(hold, returned)
      }
      return { reply: undefined }
    },
  },
  'the sequence number of an acquire is ignored': {
    store(state, name, event) {
      const holder = name === 'acquire' && state.holders.get(event.request.holder)
      if (holder) holder.reply = undefined
      return undefined
    },
  },
  'the epoch of a holder is ignored': {
    store(state, name, event, now) {
      if (name !== 'acquire' && name !== 'giveBack') return undefined
      const { request } = event
      return { reply: step(state, name, { request: { ...request, epoch: state.holders.get(request.holder)?.epoch ?? 0 } }, now).reply }
    },
  },
  'a call that starts is not journaled': { writesOpen: false },
  'reserved money is returned': { book: { returnable: (hold) => Math.max(0, hold.free) + hold.reserved } },
  'the offset of the drain moves before its transaction': {
    store(state, name, event, _, chance) {
      const holder = name === 'settle' && state.holders.get(event.batch.holder)
      if (!holder || chance() > 0.2 || holder.drained.segment !== event.batch.from.segment || holder.drained.offset !== event.batch.from.offset)
        return undefined
      holder.drained = event.batch.to
      return { reply: { kind: 'settled', inserted: [] } }
    },
  },
  'a record that was there already is booked again': {
    store(state, name, event) {
      const drained = name === 'settle' && state.holders.get(event.batch.holder)?.drained
      if (!drained || drained.segment !== event.batch.from.segment || drained.offset !== event.batch.from.offset) return undefined
      for (const record of event.batch.records) state.records.delete(record.id)
      return undefined
    },
  },
  'a grant is used after its window': { book: { serves: () => true } },
  'the boot id is ignored': { isBootIdKnown: false },
  'an unproven journal frees money': {
    store(state, name, event) {
      if (name === 'reconcile') for (const hold of state.holders.get(event.holder)?.holds ?? []) if (hold.state === 'doubt') hold.state = 'proven'
      if (name === 'register') event.claim.isJournalProven = true
      return undefined
    },
  },
  'a copy of a data folder is taken for the original': { noticesCopies: false },
  'a store that was set back is drawn on before the journal is drained': { drainsBeforeServing: false },
}
