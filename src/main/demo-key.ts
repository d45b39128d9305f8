// With no configuration file, calls from this machine may use a key named `demo`: made at the first start,
// shown once.

import type { Directory, KeyEntry } from '../contract/directory.ts'
import type { KeyStore } from '../contract/stores.ts'
import { newSecret, sha256Hex } from '../kit/id.ts'

const demoKeyId = 'demo'

/** The team of a start without configuration file (control/config makes it). */
const team = 'everyone'

/** @returns the secret, on the start that made it */
export async function demoKey(store: KeyStore, keys: Directory, now: number): Promise<{ secret?: string }> {
  if (keys.byId(demoKeyId)) return {}
  const secret = newSecret('gh')
  const key: KeyEntry = {
    id: demoKeyId,
    team,
    secrets: [{ sha256: sha256Hex(secret) }],
    createdAt: now,
    tags: {},
    isLoopbackOnly: true,
    owner: 'admin',
  }
  await store.put(key)
  keys.apply({ kind: 'put', key })
  return { secret }
}
