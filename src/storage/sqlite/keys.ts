// Keys that the admin API created. Only the hash of the secret is stored.

import type { Database } from 'bun:sqlite'
import type { KeyEntry } from '../../contract/directory.ts'
import type { KeyStore } from '../../contract/stores.ts'
import { transact } from './database.ts'

export type SyncKeys = {
  [Name in keyof KeyStore]: (...takes: Parameters<KeyStore[Name]>) => Awaited<ReturnType<KeyStore[Name]>>
}

export function sqliteKeys(database: Database): SyncKeys {
  const all = database.query<{ body: string }, []>('SELECT body FROM key ORDER BY id')
  const put = database.query<never, [string, string]>(
    'INSERT INTO key (id, body) VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
  )
  const remove = database.query<never, [string]>('DELETE FROM key WHERE id = ?')
  return {
    // `put` wrote it
    all: () => all.all().map(({ body }): KeyEntry => JSON.parse(body)),
    put: (key) => transact(database, () => void put.run(key.id, JSON.stringify(key))),
    remove: (id) => transact(database, () => void remove.run(id)),
  }
}
