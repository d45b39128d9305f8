// The active budgets in the embedded ledger. A change is a difference, applied by compare-and-set on the
// version. The rules are the same as in storage/memory. A change costs a few statements per budget that it
// names, no matter how many others are declared.

import type { Database } from 'bun:sqlite'
import type {
  BudgetChange,
  BudgetDeclaration,
  BudgetDifference,
  BudgetVersion,
  ConfigureResult,
} from '../../contract/budgets.ts'
import type { BucketRow, BudgetRow, Rows } from './ledger-rows.ts'

interface InForceRow {
  version: bigint
  rules: string
  rules_since: bigint
}

export function budgetsInForce(database: Database, rows: Rows) {
  const identity = database.query<InForceRow, []>('SELECT version, rules, rules_since FROM identity')
  const save = database.query<never, [bigint, string, bigint]>(
    'UPDATE identity SET version = ?, rules = ?, rules_since = ?',
  )
  const seenBy = database.query<{ rules_seen: bigint }, [string]>(
    'SELECT rules_seen FROM holder WHERE id = ?',
  )
  const saveSeen = database.query<never, [bigint, string]>('UPDATE holder SET rules_seen = ? WHERE id = ?')
  const byId = database.query<BudgetRow, [string]>('SELECT * FROM budget WHERE id = ?')
  const ofPart = database.query<BudgetRow, [number]>('SELECT * FROM budget WHERE is_of_key = ?')
  const drop = database.query<never, [string, number]>('DELETE FROM budget WHERE id = ? AND is_of_key = ?')
  const declare = database.query<never, [string, bigint, string, string, number, number]>(
    'INSERT OR REPLACE INTO budget (id, cap, per, zone, is_hard, is_of_key) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const openWindows = database.query<BucketRow, [string, bigint, number]>(
    'SELECT * FROM bucket INDEXED BY bucket_open WHERE is_over = 0 AND budget = ? AND cap <> ? AND (ends IS NULL OR ends > ?)',
  )
  // the text after `x#…` in the order of the index is `x$`
  const openParts = database.query<BucketRow, [string, string, bigint, number]>(
    'SELECT * FROM bucket INDEXED BY bucket_open WHERE is_over = 0 AND budget >= ? AND budget < ? AND cap <> ? AND (ends IS NULL OR ends > ?)',
  )

  function inForce(): InForceRow {
    return identity.get() ?? { version: 0n, rules: '', rules_since: 0n }
  }

  function read(holder: string): BudgetVersion {
    const { version, rules, rules_since } = inForce()
    return {
      version: Number(version),
      rules,
      rulesSince: Number(rules_since),
      seen: Number(seenBy.get(holder)?.rules_seen ?? 0n),
    }
  }

  function change(asked: BudgetChange, now: number): ConfigureResult {
    const { version, rules, rules_since } = inForce()
    const isNewRules = asked.rules !== rules
    if (BigInt(asked.since) !== version || (isNewRules && !asked.ofRules))
      return { kind: 'newer', active: read(asked.holder) }
    const changed =
      (asked.ofRules ? apply(asked.ofRules, 0, now) : 0) + (asked.ofKeys ? apply(asked.ofKeys, 1, now) : 0)
    const next = isNewRules || changed > 0 ? version + 1n : version
    const since = isNewRules ? next : rules_since
    if (next !== version) save.run(next, asked.rules, since)
    saveSeen.run(since, asked.holder)
    return { kind: 'configured', active: read(asked.holder) }
  }

  /** @returns how many budgets changed */
  function apply({ put, remove, isWhole }: BudgetDifference, isOfKey: 0 | 1, now: number): number {
    let changed = 0
    const known = isWhole ? new Map(ofPart.all(isOfKey).map((row) => [row.id, row])) : undefined
    if (known) {
      const named = new Set(put.map(({ id }) => id))
      for (const id of known.keys()) if (!named.has(id)) changed += drop.run(id, isOfKey).changes
    }
    for (const id of remove) changed += drop.run(id, isOfKey).changes
    for (const budget of put) {
      const { id, cap, per, zone, isHard } = budget
      if (isSame(known?.get(id), budget, isOfKey)) continue
      const before = byId.get(id)
      // if both declare a budget, the rules win
      if (isSame(before, budget, isOfKey) || (isOfKey === 1 && before?.is_of_key === 0n)) continue
      declare.run(id, cap, per, zone, isHard ? 1 : 0, isOfKey)
      followCap(id, cap, now)
      changed += 1
    }
    return changed
  }

  /** The cap of an ended window changes only when the window is requested again. */
  function followCap(id: string, cap: bigint, now: number): void {
    for (const bucket of [...openWindows.all(id, cap, now), ...openParts.all(`${id}#`, `${id}$`, cap, now)])
      rows.setCap(bucket, cap)
  }

  return { read, change }
}

function isSame(
  row: BudgetRow | null | undefined,
  { cap, per, zone, isHard }: BudgetDeclaration,
  isOfKey: 0 | 1,
): boolean {
  if (!row) return false
  return (
    row.cap === cap &&
    row.per === per &&
    row.zone === zone &&
    (row.is_hard !== 0n) === isHard &&
    row.is_of_key === BigInt(isOfKey)
  )
}
