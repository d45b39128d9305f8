// Writes the table of names: text → integer, with the last day of its use, so that unused names can be
// deleted.

import type { Database } from 'bun:sqlite'

/** The most names in memory. */
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
   * 0 if there is no name.
   * @param day the UTC day, counted from the epoch
   * @param isCounted roll-ups use the name, too, and are kept longer than records
   * @param whenNew called with the id of a new name
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

  /** Must be called after a transaction was rolled back, and after names were removed. */
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
