// Keys that the configuration file owns, brought into the directory beside those of the store.

import type { Directory, KeyEntry } from '../contract/directory.ts'
import type { Signals } from '../contract/signals.ts'
import type { Log } from '../kit/log.ts'

/**
 * Puts what is new or changed and removes what the file no longer has; calls that run with a removed key end at once.
 * @param stored what the store knows: a key of the file that was revoked by an administrator stays revoked as long as its secret is the same
 */
export function applyFileKeys(directory: Directory, keys: readonly KeyEntry[], stored: readonly KeyEntry[], signals: Signals, log: Log): void {
  const named = new Set(keys.map((key) => key.id))
  for (const old of Array.from(directory.all())) {
    if (old.owner !== 'file' || named.has(old.id)) continue
    directory.apply({ kind: 'remove', key: old.id })
    signals.send({ kind: 'revoke-key', key: old.id })
  }
  for (const key of keys) {
    const before = directory.byId(key.id)
    if (before?.owner === 'admin') {
      log.warn('a key of the configuration file has the name of one that an administrator made; the file wins', { key: key.id })
      signals.send({ kind: 'revoke-key', key: key.id })
    }
    const revoked = [before, stored.find((entry) => entry.id === key.id)].find(
      (entry) => entry?.owner === 'file' && entry.revokedAt !== undefined && sharesSecret(entry, key),
    )
    const entry = revoked?.revokedAt === undefined ? key : { ...key, revokedAt: revoked.revokedAt }
    if (before?.owner === 'file' && sameKey(before, entry)) continue
    directory.apply({ kind: 'put', key: entry })
  }
}

const sharesSecret = (left: KeyEntry, right: KeyEntry) => left.secrets.some((one) => right.secrets.some((other) => other.sha256 === one.sha256))

// `createdAt` is when the file was read, which says nothing about the key
const sameKey = (left: KeyEntry, right: KeyEntry) => JSON.stringify({ ...left, createdAt: 0 }) === JSON.stringify({ ...right, createdAt: 0 })
