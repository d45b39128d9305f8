// Writes facts, several rows per statement, because a call into SQLite costs as much as a row.

import type { Database } from 'bun:sqlite'

const columns = [
  'place',
  'id',
  'run',
  'parent',
  'kind',
  'key',
  'person',
  'workload',
  'team',
  'model',
  'target',
  'destination',
  'outcome',
  'code',
  'cost_nano',
  'address',
] as const

type Value = number | bigint | null | Uint8Array

export type Fact = Record<(typeof columns)[number], Value>

const rowsAtOnce = 16

export class FactWriter {
  readonly #addOne
  readonly #addMany

  constructor(database: Database) {
    this.#addOne = database.query<never, Value[]>(insertSql(1))
    this.#addMany = database.query<never, Value[]>(insertSql(rowsAtOnce))
  }

  write(facts: readonly Fact[]): void {
    let from = 0
    for (; from + rowsAtOnce <= facts.length; from += rowsAtOnce)
      this.#addMany.run(...facts.slice(from, from + rowsAtOnce).flatMap(valuesOf))
    for (const fact of facts.slice(from)) this.#addOne.run(...valuesOf(fact))
  }
}

const valuesOf = (fact: Fact): Value[] => columns.map((column) => fact[column])

function insertSql(rows: number): string {
  const row = `(${columns.map(() => '?').join(', ')})`
  return `INSERT INTO fact (${columns.join(', ')}) VALUES ${Array.from({ length: rows }, () => row).join(', ')}`
}
