// Adds the keys that the configuration file owns to the directory, next to those of the store.

import { fileActor } from '../contract/actor.ts'
import type { Directory, KeyEntry } from '../contract/directory.ts'
import type { Signals } from '../contract/signals.ts'
import type { Log } from '../kit/log.ts'

/**
 * Adds new and changed keys, and removes keys that the file no longer has. Running calls of a removed key end at
 * once.
 * @param revoked secrets of the file's keys that an administrator revoked; they stay revoked even if the file
 * changes
 */
export function applyFileKeys(
  directory: Directory,
  keys: readonly KeyEntry[],
  revoked: RevokedSecrets,
  signals: Signals,
  log: Log,
): void {
  const named = new Set(keys.map((key) => key.id))
  for (const old of Array.from(directory.all())) {
    if (old.owner !== 'file' || named.has(old.id)) continue
    directory.apply({ kind: 'remove', key: old.id })
    signals.send({ kind: 'revoke-key', key: old.id, by: fileActor })
  }
  for (const key of keys) {
    const before = directory.byId(key.id)
    if (before?.owner === 'admin') {
      log.warn(
        'a key in the configuration file has the same name as a key of the admin API; the key in the file is used',
        { key: key.id },
      )
      signals.send({ kind: 'revoke-key', key: key.id, by: fileActor })
    }
    const revocation = key.secrets.map(({ sha256 }) => revoked.get(sha256)).find((at) => at !== undefined)
    const entry = { ...key, ...revocation }
    if (before?.owner === 'file' && sameKey(before, entry)) continue
    directory.apply({ kind: 'put', key: entry })
  }
}

/** By the secret's SHA-256. */
export type RevokedSecrets = ReadonlyMap<string, Pick<KeyEntry, 'revokedAt' | 'keepsObjects'>>

/** Secrets that are revoked, now and later: from the store at the start, from the directory afterwards. */
export function revokedSecrets(directory: Directory, stored: readonly KeyEntry[]): RevokedSecrets {
  const revoked = new Map<string, Pick<KeyEntry, 'revokedAt' | 'keepsObjects'>>()
  const note = ({ owner, revokedAt, keepsObjects, secrets }: KeyEntry) => {
    const revocation = {
      ...(revokedAt === undefined ? {} : { revokedAt }),
      ...(keepsObjects && { keepsObjects }),
    }
    if (owner === 'file' && revokedAt !== undefined)
      for (const { sha256 } of secrets) revoked.set(sha256, revocation)
  }
  for (const key of stored) note(key)
  directory.listen((delta) => {
    if (delta.kind === 'put') note(delta.key)
  })
  return revoked
}

// `createdAt` is the time at which the file was read, not a property of the key.
const sameKey = (left: KeyEntry, right: KeyEntry) =>
  JSON.stringify({ ...left, createdAt: 0 }) === JSON.stringify({ ...right, createdAt: 0 })
