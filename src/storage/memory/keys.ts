// Keys that administrators made, in memory. A restart loses them.

import type { KeyEntry } from '../../contract/directory.ts'
import type { KeyStore } from '../../contract/stores.ts'

export function memoryKeys(): KeyStore {
  const keys = new Map<string, KeyEntry>()
  return {
    all: async () => [...keys.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    put: async (key) => void keys.set(key.id, structuredClone(key)),
    remove: async (id) => void keys.delete(id),
  }
}
