// The directory as the gateway reads it: every key in memory, found by the hash of its secret.

import type { Directory, DirectoryDelta, KeyEntry } from '../../contract/directory.ts'

export function directory(entries: Iterable<KeyEntry> = []): Directory {
  const byId = new Map<string, KeyEntry>()
  const bySecret = new Map<string, KeyEntry>()
  const listeners = new Set<(delta: DirectoryDelta) => void>()

  function remove(id: string) {
    const old = byId.get(id)
    if (!old) return
    byId.delete(id)
    for (const secret of old.secrets) if (bySecret.get(secret.sha256) === old) bySecret.delete(secret.sha256)
  }

  function put(key: KeyEntry) {
    remove(key.id)
    byId.set(key.id, key)
    for (const secret of key.secrets) bySecret.set(secret.sha256, key)
  }

  for (const entry of entries) put(entry)

  return {
    bySecret: (sha256) => bySecret.get(sha256),
    byId: (id) => byId.get(id),
    all: () => byId.values(),
    apply(delta) {
      if (delta.kind === 'put') put(delta.key)
      else remove(delta.key)
      for (const receive of listeners) receive(delta)
    },
    listen(receive) {
      listeners.add(receive)
      return () => void listeners.delete(receive)
    },
  }
}
