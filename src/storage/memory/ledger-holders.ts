// The ledger's view of its holders: registration, last contact, doubt and proof. Only proof frees money.

import {
  type HolderClaim,
  type HolderStatus,
  type Registration,
  setBackEpoch,
} from '../../contract/stores.ts'
import { countAsSpent, free, type Hold, type Holder, type LedgerState, outstanding } from './ledger-state.ts'

/** @param fresh the new nonce, and the id for a new holder */
export function register(
  state: LedgerState,
  claim: HolderClaim,
  fresh: { holder: string; nonce: string },
  now: number,
): Registration {
  const known = claim.holder === undefined ? undefined : state.holders.get(claim.holder)
  // a restored store may have an older nonce
  const isOurs =
    known !== undefined &&
    known.nonce !== '' &&
    (known.nonce === claim.nonce || (claim.seenEpoch ?? 0) > known.epoch)
  const holder = isOurs ? known : newHolder(fresh.holder, fresh.nonce, now)
  if (isOurs) {
    for (const hold of holder.holds) {
      if (hold.state === 'closed' || hold.epoch === 0) continue
      if (!claim.proven.includes(hold.epoch)) {
        hold.state = 'doubt'
        hold.doubtSince ??= now
      } else if (hold.state === 'live') hold.state = 'proven'
    }
    holder.nonce = fresh.nonce
    holder.seq = 0
    holder.reply = undefined
    holder.digest = ''
    holder.seen = now
    holder.isSilent = false
    holder.isWrittenOff = false
  } else state.holders.set(holder.id, holder)
  holder.epoch = Math.max(holder.epoch, claim.seenEpoch ?? 0) + 1
  if (claim.isSetBack) {
    holder.setBackAt = now
    for (const bucket of state.buckets.values()) if (bucket.window.end > now) countAsSpent(bucket, holder)
  }
  return {
    holder: holder.id,
    epoch: holder.epoch,
    nonce: holder.nonce,
    timeline: state.timeline,
    drained: holder.drained,
    now,
  }
}

export const newHolder = (id: string, nonce: string, now: number): Holder => ({
  id,
  epoch: 0,
  nonce,
  seq: 0,
  reply: undefined,
  seen: now,
  isSilent: false,
  isWrittenOff: false,
  digest: '',
  drained: { segment: 0, offset: 0 },
  heard: { segment: 0, offset: 0 },
  setBackAt: undefined,
  rulesSeen: 0,
  holds: [],
})

export function standing(state: LedgerState, id: string): HolderStatus | undefined {
  const holder = state.holders.get(id)
  if (!holder) return undefined
  const open = new Map<number, boolean>()
  for (const hold of holder.holds)
    if (hold.epoch > 0 && (hold.state === 'live' || hold.state === 'proven') && outstanding(hold) > 0n) {
      open.set(hold.epoch, (open.get(hold.epoch) ?? true) && hold.state === 'proven')
    }
  const { epoch, nonce, seq, drained, heard, setBackAt } = holder
  const listed = [...open]
    .map(([of, isProven]) => ({ epoch: of, isProven }))
    .toSorted((a, b) => a.epoch - b.epoch)
  return { epoch, nonce, seq, drained, heard, open: listed, isSetBack: setBackAt !== undefined }
}

export function adopt(state: LedgerState, id: string): void {
  const holder = state.holders.get(id)
  if (!holder) return
  holder.setBackAt = undefined
  for (const hold of holder.holds) if (hold.epoch === setBackEpoch) close(hold)
}

/**
 * Retires an epoch that ended cleanly and is drained. Nothing of it is outstanding, and its operations no
 * longer count.
 */
export function retire(holder: Holder, epoch: number): void {
  if (holder.epoch !== epoch) return
  for (const hold of holder.holds) if (hold.epoch === epoch && hold.state === 'live') close(hold)
  holder.epoch += 1
}

function close(hold: Hold): void {
  hold.writtenOff = 0n
  free(hold, outstanding(hold))
  hold.state = 'closed'
}

/** Returns the holder if this is its live epoch, and records the contact. */
export function liveHolder(state: LedgerState, id: string, epoch: number, now: number): Holder | undefined {
  const holder = state.holders.get(id)
  if (!holder || holder.epoch !== epoch || epoch === 0 || holder.isWrittenOff) return undefined
  holder.seen = now
  holder.isSilent = false
  return holder
}

/** Frees nothing, because silence does not prove how much was spent. */
export function expire(state: LedgerState, silentMs: number, now: number): string[] {
  const silent: string[] = []
  for (const holder of state.holders.values()) {
    if (holder.epoch === 0 || holder.isSilent || now - holder.seen <= silentMs) continue
    holder.isSilent = true
    silent.push(holder.id)
  }
  return silent
}

export function reconcile(state: LedgerState, id: string, beforeEpoch: number): void {
  for (const hold of state.holders.get(id)?.holds ?? []) {
    if (hold.state !== 'proven' || hold.epoch >= beforeEpoch) continue
    close(hold)
  }
}
