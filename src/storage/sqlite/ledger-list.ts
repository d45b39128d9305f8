// Pages of budgets, for the reading thread. A page reads one range of an index, no matter how large the
// tables are.

import type { Database } from 'bun:sqlite'
import type { BudgetPage, BudgetQuery, BudgetState, DoubtDecision } from '../../contract/stores.ts'
import { type BucketRow, span } from './ledger-rows.ts'

interface Sums {
  spent: bigint
  in_doubt: bigint
  held: bigint
  written_off: bigint
}

type DecisionRow = Omit<DoubtDecision, 'at' | 'epoch'> & { at: bigint; epoch: bigint }

export const bucketPage = (isOverIncluded: boolean) => `
  SELECT * FROM bucket ${isOverIncluded ? '' : 'INDEXED BY bucket_open'}
  WHERE ${isOverIncluded ? '' : 'is_over = 0 AND'} (budget, window) > (?, ?) AND budget >= ? AND budget < ? ORDER BY budget, window LIMIT ?`

const unusedPage = `
  SELECT id, cap FROM budget WHERE id >= ?1 AND id > ?2 AND id < ?3
    AND NOT EXISTS (SELECT 1 FROM bucket WHERE bucket.budget = budget.id)
    AND NOT EXISTS (SELECT 1 FROM bucket WHERE bucket.budget > budget.id || '#' AND bucket.budget < budget.id || '$')
  ORDER BY id LIMIT ?4`

export function sqliteBudgets(database: Database): (query?: BudgetQuery) => BudgetPage {
  const open = database.query<BucketRow, [string, string, string, string, number]>(bucketPage(false))
  const all = database.query<BucketRow, [string, string, string, string, number]>(bucketPage(true))
  const unused = database.query<{ id: string; cap: bigint }, [string, string, string, number]>(unusedPage)
  const sums = database.query<Sums, [string, string]>(`
    SELECT COALESCE(SUM(spent + written_off), 0) AS spent, COALESCE(SUM(written_off), 0) AS written_off,
      COALESCE(SUM(CASE WHEN state <> 'live' OR is_silent THEN granted - returned - spent - written_off ELSE 0 END), 0) AS in_doubt,
      COALESCE(SUM(CASE WHEN state = 'live' AND NOT is_silent THEN granted - returned - spent - written_off ELSE 0 END), 0) AS held
    FROM hold JOIN holder ON holder.id = hold.holder WHERE budget = ? AND window = ?`)
  const decisions = database.query<DecisionRow, [string, string]>(
    'SELECT * FROM decision WHERE budget = ? AND window = ? ORDER BY rowid DESC LIMIT 5',
  )

  function stateOf(row: BucketRow): BudgetState {
    const sum = sums.get(row.budget, row.window) ?? { spent: 0n, in_doubt: 0n, held: 0n, written_off: 0n }
    return {
      budget: row.budget,
      window: row.window,
      ...span(row),
      cap: row.cap,
      committed: row.committed,
      spent: row.closed + sum.spent,
      inDoubt: sum.in_doubt,
      held: sum.held,
      atBound: row.at_bound,
      estimated: row.estimated,
      forgiven: row.forgiven,
      released: row.released,
      writtenOff: sum.written_off,
      isOver: row.is_over !== 0n,
      decisions: decisions
        .all(row.budget, row.window)
        .map((one) => ({ ...one, at: Number(one.at), epoch: Number(one.epoch) })),
    }
  }

  /** A budget and its runs are two ranges, because other budgets may be between them. */
  function pageOf(
    [from, to]: Stretch,
    { isOverIncluded = false, after }: BudgetQuery,
    count: number,
  ): BudgetState[] {
    const { budget, window } = after ?? { budget: '', window: '' }
    const rows = (isOverIncluded ? all : open).all(budget, window, from, to, count).map(stateOf)
    return [...rows, ...unused.all(from, budget, to, count).map(({ id, cap }) => untouched(id, cap))]
      .sort(byPlace)
      .slice(0, count)
  }

  return (query = {}) => {
    const { limit = defaultLimit } = query
    const found = stretchesOf(query)
      .flatMap((stretch) => pageOf(stretch, query, limit + 1))
      .sort(byPlace)
    const page = found.slice(0, limit)
    const last = page.at(-1)
    return found.length > limit && last
      ? { budgets: page, next: { budget: last.budget, window: last.window ?? '' } }
      : { budgets: page }
  }
}

type Stretch = readonly [from: string, to: string]

const endOfText = '\u{10ffff}'

function stretchesOf({ budget, owner = '' }: BudgetQuery): readonly Stretch[] {
  if (budget === undefined) return [[owner, owner + endOfText]]
  if (!budget.startsWith(owner)) return []
  // the text after `x` in the order of the index is `x` and U+0001
  return budget.includes('#')
    ? [[budget, `${budget}\u0001`]]
    : [
        [budget, `${budget}\u0001`],
        [`${budget}#`, `${budget}$`],
      ]
}

const defaultLimit = 1_000

const byPlace = (a: BudgetState, b: BudgetState) =>
  Buffer.compare(Buffer.from(`${a.budget}\0${a.window ?? ''}`), Buffer.from(`${b.budget}\0${b.window ?? ''}`))

const untouched = (budget: string, cap: bigint): BudgetState => ({
  budget,
  start: -Infinity,
  end: Infinity,
  cap,
  committed: 0n,
  spent: 0n,
  inDoubt: 0n,
  held: 0n,
  atBound: 0n,
  estimated: 0n,
  forgiven: 0n,
  released: 0n,
  writtenOff: 0n,
  isOver: false,
  decisions: [],
})
