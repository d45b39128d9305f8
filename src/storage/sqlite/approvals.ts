// Approvals in the embedded store. Facts that queries need are columns. The rest is the JSON that `ask`
// wrote.

import type { Database } from 'bun:sqlite'
import type { Approval, ApprovalState, Approvals, ApprovalRequest } from '../../contract/approvals.ts'
import { transact } from './database.ts'

export type SyncApprovals = {
  [Name in keyof Approvals]: (...takes: Parameters<Approvals[Name]>) => Awaited<ReturnType<Approvals[Name]>>
}

interface Row {
  id: string
  state: ApprovalState
  expires: bigint
  body: string
  sealed: Uint8Array | null
}

const columns = 'id, state, expires, body, sealed'

export function sqliteApprovals(database: Database): SyncApprovals {
  const over = database.query<never, [number]>(
    `UPDATE approval SET state = 'expired', sealed = NULL WHERE expires <= ? AND state IN ('pending', 'approved', 'denied')`,
  )
  const byId = database.query<Row, [string]>(`SELECT ${columns} FROM approval WHERE id = ?`)
  const live = database.query<Row, [string]>(
    `SELECT ${columns} FROM approval WHERE binding = ? AND state IN ('pending', 'approved', 'denied')`,
  )
  const countOf = database.query<{ count: bigint }, [string]>(
    `SELECT COUNT(*) AS count FROM approval WHERE principal = ? AND state IN ('pending', 'approved')`,
  )
  const countAll = database.query<{ count: bigint }, []>('SELECT COUNT(*) AS count FROM approval')
  const removeOldest = database.query<never, []>(
    `DELETE FROM approval WHERE id = (SELECT id FROM approval WHERE state IN ('used', 'expired') ORDER BY id LIMIT 1)`,
  )
  const remove = database.query<never, [string]>('DELETE FROM approval WHERE id = ?')
  const insert = database.query<never, [string, string, string, string, number, string, Uint8Array | null]>(
    `INSERT INTO approval (id, binding, principal, team, state, expires, body, sealed) VALUES (?, ?, ?, ?, 'pending', ?, ?, ?)`,
  )
  const update = database.query<never, [string, number, string, string]>(
    'UPDATE approval SET state = ?, expires = ?, body = ?, sealed = NULL WHERE id = ?',
  )
  const page = database.query<Row, [string | null, string | null, string | null, number]>(
    `SELECT id, state, expires, body, NULL AS sealed FROM approval
     WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR team = ?2) AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4`,
  )

  /** One transaction, which first expires the approvals that end by `at`. */
  const at = <Answer>(now: number, run: () => Answer): Answer =>
    transact(database, () => {
      over.run(now)
      return run()
    })

  const find = (id: string) => approvalOf(byId.get(id))

  function write(approval: Approval): Approval {
    const { sealed: _sealed, ...rest } = approval
    update.run(approval.state, approval.expiresAt, bodyOf(rest), approval.id)
    return rest
  }

  function makeRoom(total: number): boolean {
    for (let rest = Number(countAll.get()?.count ?? 0n); rest >= total; rest -= 1)
      if (removeOldest.run().changes === 0) return false
    return true
  }

  return {
    ask: (asked, { perPrincipal, total }, now) =>
      at(now, () => {
        const known = approvalOf(live.get(asked.binding))
        if (known) return known
        if (Number(countOf.get(asked.principal)?.count ?? 0n) >= perPrincipal || !makeRoom(total))
          return 'full'
        const { id, binding, principal, team, expiresAt, sealed } = asked
        insert.run(id, binding, principal, team, expiresAt, bodyOf(asked), sealed ?? null)
        return { ...asked, state: 'pending' }
      }),
    take: (id, exchange, now) =>
      at(now, () => {
        const approval = find(id)
        if (approval?.state === 'used') return approval.usedBy === exchange
        if (approval?.state !== 'approved') return false
        write({ ...approval, state: 'used', usedBy: exchange })
        return true
      }),
    giveBack: (id, exchange, now) =>
      at(now, () => {
        const approval = find(id)
        if (approval?.state !== 'used' || approval.usedBy !== exchange) return
        const other = live.get(approval.binding)
        if (other && other.state !== 'pending') return
        if (other) remove.run(other.id)
        const { usedBy: _usedBy, ...rest } = approval
        write({ ...rest, state: approval.expiresAt <= now ? 'expired' : 'approved' })
      }),
    decide: (id, { state, by, note, at: now, expiresAt }) =>
      at(now, () => {
        const approval = find(id)
        if (!approval) return undefined
        if (approval.state !== 'pending') return { approval, isDecided: false }
        const decided = write({
          ...approval,
          state,
          decidedBy: by,
          decidedAt: now,
          expiresAt,
          ...(note !== undefined && { note }),
        })
        return { approval: decided, isDecided: true }
      }),
    get: (id, now) => at(now, () => find(id)),
    list: ({ state, team, limit, after, at: now }) =>
      at(now, () => {
        const rows = page.all(state ?? null, team ?? null, after ?? null, limit + 1)
        const approvals = rows.slice(0, limit).flatMap((row) => approvalOf(row) ?? [])
        const last = approvals.at(-1)
        return rows.length > limit && last ? { approvals, next: last.id } : { approvals }
      }),
    expire: (now) => at(now, () => {}),
  }
}

function bodyOf({ sealed: _sealed, ...rest }: ApprovalRequest): string {
  return JSON.stringify(rest)
}

function approvalOf(row: Row | null): Approval | undefined {
  if (!row) return undefined
  // `ask` wrote it
  const body: Approval = JSON.parse(row.body)
  return {
    ...body,
    state: row.state,
    expiresAt: Number(row.expires),
    ...(row.sealed && { sealed: new Uint8Array(row.sealed) }),
  }
}
