// Kept objects in the embedded store. The caller encrypts bodies before it stores them.

import type { Database } from 'bun:sqlite'
import type { KeptBounds, KeptStore, KeptThing } from '../../contract/stores.ts'
import { transact } from './database.ts'
import { purge } from './kept-database.ts'

export type SyncKept = {
  [Name in keyof Omit<KeptStore, 'close'>]: (
    ...takes: Parameters<KeptStore[Name]>
  ) => Awaited<ReturnType<KeptStore[Name]>>
}

interface Row {
  number: bigint
  owner: string
  key: string
  id: string
  made: bigint
  body: Uint8Array
}

type Victim = { number: bigint; bytes: bigint } | null

/** An empty text means created without a key. */
const columns = 'thing.owner AS owner, COALESCE(thing.key, thing.owner) AS key, id, made, body'

export function sqliteKept(database: Database): SyncKept {
  const insert = database.query<{ number: bigint }, [string, string, string, number, number, Uint8Array]>(
    'INSERT INTO thing (owner, key, id, made, bytes, body) VALUES (?, ?, ?, ?, ?, ?) RETURNING number',
  )
  const name = database.query<never, [string, string, bigint]>(
    'INSERT INTO label (owner, label, thing) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const byId = database.query<Row, [string, string, number]>(
    `SELECT number, ${columns} FROM thing WHERE owner = ? AND id = ? AND made >= ?`,
  )
  const byLabel = database.query<Row, [string, string, number]>(
    `SELECT number, ${columns} FROM label JOIN thing ON number = thing
     WHERE label.owner = ? AND label = ? AND made >= ? ORDER BY thing DESC LIMIT 1`,
  )
  const labels = database.query<{ label: string }, [bigint]>(
    'SELECT label FROM label WHERE thing = ? ORDER BY label',
  )
  const removeOne = database.query<never, [string, string]>('DELETE FROM thing WHERE owner = ? AND id = ?')
  const removeOfKey = database.query<never, [string]>('DELETE FROM thing WHERE COALESCE(key, owner) = ?')
  const removeOld = database.query<never, [number]>('DELETE FROM thing WHERE made < ?')
  const removeNumber = database.query<never, [bigint]>('DELETE FROM thing WHERE number = ?')
  const oldest = database.query<NonNullable<Victim>, []>(
    'SELECT number, bytes FROM thing ORDER BY number LIMIT 1',
  )
  const oldestOf = database.query<NonNullable<Victim>, [string]>(
    'SELECT number, bytes FROM thing WHERE owner = ? ORDER BY number LIMIT 1',
  )
  const total = database.query<{ bytes: bigint }, []>('SELECT COALESCE(SUM(bytes), 0) AS bytes FROM share')
  const share = database.query<{ bytes: bigint }, [string]>('SELECT bytes FROM share WHERE owner = ?')
  // Steps from one key to the next along the index, so the number of objects does not matter.
  const keys = database.query<{ key: string }, []>(
    `WITH RECURSIVE made (key) AS (
       SELECT MIN(COALESCE(key, owner)) FROM thing
       UNION ALL SELECT (SELECT MIN(COALESCE(thing.key, owner)) FROM thing WHERE COALESCE(thing.key, owner) > made.key) FROM made WHERE made.key IS NOT NULL
     ) SELECT key FROM made WHERE key IS NOT NULL AND key <> ''`,
  )
  const count = database.query<{ things: bigint }, []>('SELECT COUNT(*) AS things FROM thing')

  function insertOne(
    { owner, key = '', id, madeAt, labels: names, body }: KeptThing,
    { totalBytes, bytesPerOwner }: KeptBounds,
  ): void {
    removeOne.run(owner, id)
    if (body.length > Math.min(bytesPerOwner, totalBytes)) return
    const added = insert.get(owner, key, id, madeAt, body.length, body)
    if (!added) throw new Error('a thing was inserted without a number')
    for (const label of names) name.run(owner, label, added.number)
    shrink(share.get(owner)?.bytes ?? 0n, bytesPerOwner, () => oldestOf.get(owner))
    shrink(total.get()?.bytes ?? 0n, totalBytes, () => oldest.get())
  }

  function shrink(now: bigint, most: number, next: () => Victim): void {
    for (let rest = now; rest > most; ) {
      const victim = next()
      if (!victim) return
      removeNumber.run(victim.number)
      rest -= victim.bytes
    }
  }

  function removing(run: () => { changes: number }): boolean {
    const { changes } = transact(database, run)
    if (changes > 0) purge(database)
    return changes > 0
  }

  function thingOf(row: Row | null): KeptThing | undefined {
    if (!row) return undefined
    const { number, owner, key, id, made, body } = row
    return {
      owner,
      ...(key === '' ? {} : { key }),
      id,
      madeAt: Number(made),
      labels: labels.all(number).map(({ label }) => label),
      body,
    }
  }

  return {
    put: (things, bounds) =>
      transact(database, () => {
        for (const thing of things) insertOne(thing, bounds)
      }),
    get: (owner, id, since) => thingOf(byId.get(owner, id, since)),
    find: (owner, label, since) => thingOf(byLabel.get(owner, label, since)),
    remove: (owner, id) => removing(() => removeOne.run(owner, id)),
    forget: (key) => void removing(() => removeOfKey.run(key)),
    sweep: (since) => void removing(() => removeOld.run(since)),
    keys: () => keys.all().map(({ key }) => key),
    stats: () => ({ things: Number(count.get()?.things ?? 0n), bytes: Number(total.get()?.bytes ?? 0n) }),
  }
}
