// The identity of the data folder, which is a holder of money. It changes at each registration, so that a
// copy of the folder is noticed.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { isGone } from './segments.ts'

export interface Identity {
  holder: string
  nonce: string
  timeline: string
  /** From the last registration. Absent in folders of older versions. */
  epoch?: number
}

/** Undefined for a new folder. @throws Error with the fix if the file cannot be read */
export function readIdentity(path: string): Identity | undefined {
  try {
    return identityOf(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (isGone(error)) return undefined
    throw new Error(
      `${path} cannot be read; remove it to start as a new holder (what the old one held stays in doubt)`,
      { cause: error },
    )
  }
}

/**
 * Validated by hand, because the store's thread loads this module, too, and a schema library costs megabytes
 * per thread.
 */
function identityOf(read: unknown): Identity {
  if (
    typeof read === 'object' &&
    read !== null &&
    'holder' in read &&
    'nonce' in read &&
    'timeline' in read
  ) {
    const { holder, nonce, timeline } = read
    if (typeof holder === 'string' && typeof nonce === 'string' && typeof timeline === 'string')
      return {
        holder,
        nonce,
        timeline,
        ...('epoch' in read && typeof read.epoch === 'number' ? { epoch: read.epoch } : {}),
      }
  }
  throw new TypeError('holder, nonce or timeline is missing')
}

/** Atomic, also at a loss of power. */
export function writeIdentity(path: string, identity: Identity): void {
  const temporary = `${path}.new`
  const file = openSync(temporary, 'w', 0o600)
  try {
    const { holder, nonce, timeline, epoch } = identity
    writeSync(file, JSON.stringify({ holder, nonce, timeline, epoch }))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(temporary, path)
}
