// The writer's end of the table of names: text → integer, with the last day on which it was used, so that
// names that nothing has any longer can go.

import type { Database } from 'bun:sqlite'

/** Names that are remembered at once. */
const most = 50_000

interface Known {
  id: number
  day: number
  isCounted: boolean
}

export class Names {
  private readonly known = new Map<string, Known>()
  private readonly find
  private readonly add
  private readonly touch

  constructor(database: Database) {
    this.find = database
      .query<{ id: number; day: number; is_counted: number }, [string]>(
        'SELECT id, day, is_counted FROM name WHERE text = ?',
      )
      .safeIntegers(false)
    this.add = database
      .query<{ id: number }, [string, number, number]>(
        'INSERT INTO name (text, day, is_counted) VALUES (?, ?, ?) RETURNING id',
      )
      .safeIntegers(false)
    this.touch = database.query<never, [number, number, number]>(
      'UPDATE name SET day = ?, is_counted = ? WHERE id = ?',
    )
  }

  /**
   * 0: there is none.
   * @param day of UTC, counted from the epoch
   * @param isCounted roll-ups name it too, and are kept for longer than records
   * @param whenNew called with the id of a name that was not there before
   */
  idOf(text: string | undefined, day: number, isCounted: boolean, whenNew?: (id: number) => void): number {
    if (text === undefined || text === '') return 0
    let name = this.known.get(text) ?? this.load(text)
    if (!name) {
      const row = this.add.get(text, day, Number(isCounted))
      if (!row) throw new Error('the embedded store answered no row to an insert')
      name = { id: row.id, day, isCounted }
      this.remember(text, name)
      whenNew?.(name.id)
    } else if (name.day < day || (isCounted && !name.isCounted)) {
      name.day = Math.max(name.day, day)
      name.isCounted ||= isCounted
      this.touch.run(name.day, Number(name.isCounted), name.id)
    }
    return name.id
  }

  /** To be called when a transaction was rolled back, and when names were removed. */
  forget(): void {
    this.known.clear()
  }

  private load(text: string): Known | undefined {
    const row = this.find.get(text)
    if (!row) return undefined
    const name = { id: row.id, day: row.day, isCounted: row.is_counted === 1 }
    this.remember(text, name)
    return name
  }

  private remember(text: string, name: Known): void {
    if (this.known.size >= most) this.known.clear()
    this.known.set(text, name)
  }
}
