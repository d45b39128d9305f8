// Without a configuration file, calls from this machine may use a key named `demo`. The first start creates it
// and shows it once.

import type { Directory, KeyEntry } from '../contract/directory.ts'
import type { KeyStore } from '../contract/stores.ts'
import { newSecret, sha256Hex } from '../kit/id.ts'

const demoKeyId = 'demo'

/** The team that control/config creates without a configuration file. */
const team = 'everyone'

/** @returns the secret, only at the start that creates it */
export async function ensureDemoKey(
  store: KeyStore,
  keys: Directory,
  now: number,
): Promise<{ secret?: string }> {
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
