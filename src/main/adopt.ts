// `gatehouse store adopt`: an administrator says that the store in the data folder counts, although it was
// restored from a backup.

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Identity, readIdentity, writeIdentity } from '../gateway/record/index.ts'
import type { Ledger } from '../contract/stores.ts'
import { checkFormat } from './folder-format.ts'
import { realClock } from '../kit/real-clock.ts'
import { lockFolder, openSqliteStore } from '../storage/sqlite/index.ts'

/**
 * @param isRestored the whole folder came from a backup, which nothing can notice: count as spent what is
 * open, until it is adopted without this
 * @returns what was done, for people
 * @throws Error when a gateway runs on the folder, or there is no store in it
 */
export async function adoptStore(folder: string, isRestored: boolean): Promise<string> {
  const path = join(folder, 'gatehouse.db')
  if (!existsSync(path)) throw new Error(`there is no store in ${folder}; name the data folder with --data`)
  const lock = lockFolder(folder)
  try {
    checkFormat(folder)
    const store = await openSqliteStore({ path, clock: realClock(), report() {} })
    try {
      const holderPath = join(folder, 'holder.json')
      const identity = readIdentity(holderPath)
      if (!identity) return 'this store has not been used by a gateway yet; there is nothing to adopt'
      return isRestored
        ? await countAsSpent(store.ledger, holderPath, identity)
        : await accept(store.ledger, holderPath, identity)
    } finally {
      await store.close()
    }
  } finally {
    lock.release()
  }
}

async function countAsSpent(
  ledger: Ledger,
  path: string,
  { holder, nonce, epoch = 0 }: Identity,
): Promise<string> {
  const registration = await ledger.register({
    holder,
    nonce,
    bootId: '',
    proven: [],
    seenEpoch: epoch,
    isSetBack: true,
  })
  writeIdentity(path, registration)
  return 'every budget window that is open now counts as spent up to its cap; run "gatehouse store adopt" without --restored to accept that what was spent since the backup is not known'
}

async function accept(ledger: Ledger, path: string, { holder, epoch = 0 }: Identity): Promise<string> {
  const known = await ledger.holder(holder)
  // the store is older than the folder, or another one: the next start is a new holder, and asks nothing of
  // what it does not know
  if (!known || known.epoch < epoch) rmSync(path)
  else await ledger.adopt(holder)
  return 'the store counts from now on; what was spent since its backup is not in its budgets'
}
