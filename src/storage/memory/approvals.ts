// Approvals in memory, for tests and as the reference for other adapters. A restart loses them.

import type { Approval, Approvals } from '../../contract/approvals.ts'

const isLive = ({ state }: Approval) => state === 'pending' || state === 'approved' || state === 'denied'
const counts = ({ state }: Approval) => state === 'pending' || state === 'approved'

export function memoryApprovals(): Approvals {
  const all = new Map<string, Approval>()
  const sorted = () => [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  const liveOf = (binding: string) =>
    sorted().find((approval) => approval.binding === binding && isLive(approval))

  function change(approval: Approval, more: Partial<Approval>): Approval {
    const { sealed: _sealed, ...rest } = approval
    const changed = { ...rest, ...more }
    all.set(approval.id, changed)
    return changed
  }

  function expire(at: number): void {
    for (const approval of all.values())
      if (isLive(approval) && approval.expiresAt <= at) change(approval, { state: 'expired' })
  }

  return {
    async ask(asked, { perPrincipal, total }, at) {
      expire(at)
      const known = liveOf(asked.binding)
      if (known) return known
      if (
        [...all.values()].filter((other) => other.principal === asked.principal && counts(other)).length >=
        perPrincipal
      )
        return 'full'
      while (all.size >= total) {
        const over = sorted().find((other) => !isLive(other))
        if (!over) return 'full'
        all.delete(over.id)
      }
      const approval: Approval = { ...asked, state: 'pending' }
      all.set(asked.id, approval)
      return approval
    },
    async take(id, exchange, at) {
      expire(at)
      const approval = all.get(id)
      if (approval?.state === 'used') return approval.usedBy === exchange
      if (approval?.state !== 'approved') return false
      change(approval, { state: 'used', usedBy: exchange })
      return true
    },
    async giveBack(id, exchange, at) {
      expire(at)
      const approval = all.get(id)
      if (approval?.state !== 'used' || approval.usedBy !== exchange) return
      const other = liveOf(approval.binding)
      if (other?.state === 'pending') all.delete(other.id)
      else if (other) return
      const { usedBy: _usedBy, ...rest } = approval
      all.set(id, { ...rest, state: approval.expiresAt <= at ? 'expired' : 'approved' })
    },
    async decide(id, { state, by, note, at, expiresAt }) {
      expire(at)
      const approval = all.get(id)
      if (!approval) return undefined
      if (approval.state !== 'pending') return { approval, isDecided: false }
      const decided = change(approval, {
        state,
        decidedBy: by,
        decidedAt: at,
        expiresAt,
        ...(note !== undefined && { note }),
      })
      return { approval: decided, isDecided: true }
    },
    async get(id, at) {
      expire(at)
      return all.get(id)
    },
    async list({ state, team, limit, after, at }) {
      expire(at)
      const found = sorted()
        .reverse()
        .filter(
          (one) =>
            (state === undefined || one.state === state) &&
            (team === undefined || one.team === team) &&
            (after === undefined || one.id < after),
        )
      const approvals = found.slice(0, limit).map(({ sealed: _sealed, ...rest }) => rest)
      const last = approvals.at(-1)
      return found.length > limit && last ? { approvals, next: last.id } : { approvals }
    },
    expire: async (at) => expire(at),
  }
}
