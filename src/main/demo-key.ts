// With no configuration file, calls from this machine may use a key named `demo`: made at the first start, shown once.

import type { KeyEntry } from '../contract/directory.ts'
import type { KeyStore } from '../contract/stores.ts'
import { newSecret, sha256Hex } from '../kit/id.ts'

export const demoKeyId = 'demo'

/** @returns the secret, on the start that made it */
export async function demoKey(
  store: KeyStore,
  known: readonly KeyEntry[],
  team: string,
  now: number,
): Promise<{ entry: KeyEntry; secret: string } | undefined> {
  if (known.some((key) => key.id === demoKeyId)) return undefined
  const secret = newSecret('gh')
  const entry: KeyEntry = {
    id: demoKeyId,
    team,
    secrets: [{ sha256: sha256Hex(secret) }],
    createdAt: now,
    tags: {},
    isLoopbackOnly: true,
    owner: 'admin',
  }
  await store.put(entry)
  return { entry, secret }
}
