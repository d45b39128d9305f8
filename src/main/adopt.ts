// `gatehouse store adopt`: an administrator accepts the store in the data folder, although it was restored from a
// backup.

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Identity, readIdentity, writeIdentity } from '../gateway/record/index.ts'
import type { Ledger } from '../contract/stores.ts'
import { checkFormat } from './folder-format.ts'
import { createRealClock } from '../kit/real-clock.ts'
import { lockFolder, openSqliteStore } from '../storage/sqlite/index.ts'

/**
 * @param isRestored the whole folder came from a backup, which Gatehouse cannot detect. Open windows then count as
 * spent until the store is adopted without this flag.
 * @returns a sentence for people
 * @throws Error if a gateway uses the folder, or it has no store
 */
export async function adoptStore(folder: string, isRestored: boolean): Promise<string> {
  const path = join(folder, 'gatehouse.db')
  if (!existsSync(path)) throw new Error(`there is no store in ${folder}; name the data folder with --data`)
  const lock = lockFolder(folder)
  try {
    checkFormat(folder)
    const store = await openSqliteStore({ path, clock: createRealClock(), report() {} })
    try {
      const holderPath = join(folder, 'holder.json')
      const identity = readIdentity(holderPath)
      if (!identity) return 'no gateway has used this store yet; there is nothing to adopt'
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
  return 'every open budget window now counts as fully spent; run "gatehouse store adopt" without --restored to accept that the spending since the backup is unknown'
}

async function accept(ledger: Ledger, path: string, { holder, epoch = 0 }: Identity): Promise<string> {
  const known = await ledger.holder(holder)
  // The store is older than the folder, or a different one. The next start registers as a new holder, which the
  // store can serve.
  if (!known || known.epoch < epoch) rmSync(path)
  else await ledger.adopt(holder)
  return 'the store is accepted; its budgets do not include the spending since the backup'
}
