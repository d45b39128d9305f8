// The identity of the data folder: which holder of money it is. Written anew at each registration, so
// that a copy is noticed.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { isGone } from './segments.ts'

export interface Identity {
  holder: string
  nonce: string
  timeline: string
  /** Of the last registration; absent in folders of older versions. */
  epoch?: number
}

/** undefined: a new folder. @throws Error with the fix when the file cannot be read */
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

/** By hand: the store's thread reads this module too, and a schema library costs each thread megabytes. */
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

/** All or nothing, also when power is lost. */
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
