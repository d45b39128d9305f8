// The directory for the gateway: every key in memory, found by the hash of its secret.

import type { Directory, KeyEntry } from '../../contract/directory.ts'
import { principalOf } from '../../contract/principal.ts'

export function createDirectory(entries: Iterable<KeyEntry> = []): Directory {
  const byId = new Map<string, KeyEntry>()
  const bySecret = new Map<string, KeyEntry>()
  /** Of persons and workloads; a plain key is found by its id. */
  const byPrincipal = new Map<string, Set<KeyEntry>>()
  const listeners = new Set<Parameters<Directory['listen']>[0]>()

  function remove(id: string) {
    const old = byId.get(id)
    if (!old) return
    byId.delete(id)
    leave(old)
    for (const secret of old.secrets) if (bySecret.get(secret.sha256) === old) bySecret.delete(secret.sha256)
  }

  function put(key: KeyEntry) {
    remove(key.id)
    byId.set(key.id, key)
    join(key)
    for (const secret of key.secrets) bySecret.set(secret.sha256, key)
  }

  function join(key: KeyEntry) {
    const { id, kind } = principalOf(key)
    if (kind === 'key') return
    const keys = byPrincipal.get(id)
    if (keys) keys.add(key)
    else byPrincipal.set(id, new Set([key]))
  }

  function leave(key: KeyEntry) {
    const { id } = principalOf(key)
    const keys = byPrincipal.get(id)
    keys?.delete(key)
    if (keys?.size === 0) byPrincipal.delete(id)
  }

  function* ofPrincipal(id: string): Generator<KeyEntry> {
    const key = byId.get(id.slice(plainKey.length))
    if (id.startsWith(plainKey) && key && principalOf(key).id === id) yield key
    yield* byPrincipal.get(id) ?? []
  }

  for (const entry of entries) put(entry)

  return {
    bySecret: (sha256) => bySecret.get(sha256),
    byId: (id) => byId.get(id),
    byPrincipal: ofPrincipal,
    all: () => byId.values(),
    apply(delta) {
      const before = byId.get(delta.kind === 'put' ? delta.key.id : delta.key)
      if (delta.kind === 'put') put(delta.key)
      else remove(delta.key)
      for (const receive of listeners) receive(delta, before)
    },
    listen(receive) {
      listeners.add(receive)
      return () => void listeners.delete(receive)
    },
  }
}

const plainKey = 'key:gatehouse:'
