// Writes records: their facts, bodies, marks and runs, and adds them to the roll-ups. Only a new record is
// added to a sum.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import { type Amounts, amountsOf } from './amounts.ts'
import { BodyWriter } from './bodies.ts'
import { clean, marksOf, namesNothing, namesOf, tagsOf, teamsOf } from './facts.ts'
import { FactWriter } from './fact-writer.ts'
import { Names } from './names.ts'
import { bytesOfId, isVersion7, placeOfId, timeOfPlace } from './place.ts'
import { PlaceFinder } from './place-finder.ts'
import { dayMs } from './roll-ups.ts'
import { type Placed, RunWriter } from './run-writer.ts'
import { type Cells, SumsWriter } from './sums.ts'

/** A record of a batch that is being written. */
interface Prepared extends Placed {
  body: string
  /** The UTC day, counted from the epoch. */
  day: number
  at: number
  cells: Cells
  destination: number
}

export interface InsertOptions {
  /** The JSON of each record if it is known, so that it is not serialized again. */
  bodies?: readonly (string | undefined)[] | undefined
  /** The records come from the tables of an earlier build. */
  isOld?: boolean
}

export class RecordWriter {
  readonly names: Names
  readonly #places
  readonly #facts
  readonly #bodies
  readonly #addMark
  readonly #addPath
  readonly #sums
  readonly #runs
  #old: OldRecords | undefined

  constructor(database: Database) {
    this.names = new Names(database)
    this.#places = new PlaceFinder(database)
    this.#facts = new FactWriter(database)
    this.#bodies = new BodyWriter(database)
    this.#addMark = database.query<never, [number, number]>('INSERT INTO mark (name, place) VALUES (?, ?)')
    this.#addPath = database.query<never, [number, number]>(
      'INSERT INTO path_team (team, path) VALUES (?, ?) ON CONFLICT DO NOTHING',
    )
    this.#sums = new SumsWriter(database)
    this.#runs = new RunWriter(database)
    if (hasOldRecords(database)) this.#old = new OldRecords(database)
  }

  /**
   * Call it inside a transaction. Returns the new records. After a rollback, call `forget`.
   * @throws if a value cannot be stored
   */
  insert(
    records: readonly ExchangeRecord[],
    { bodies = [], isOld = false }: InsertOptions = {},
  ): ExchangeRecord[] {
    const places = this.#places.find(records.map(({ id }) => id))
    const batch: Prepared[] = []
    for (const [index, record] of records.entries()) {
      const place = places[index]
      if (place === undefined || (!isOld && this.#old?.has(record.id))) continue
      batch.push(this.#prepare(record, place, bodyOf(record, bodies[index])))
    }
    if (batch.length === 0) return []
    const runs = this.#runs.write(batch, this.#old && ((name) => this.#old?.placeOfRun(name)))
    this.#writeFacts(batch, runs)
    this.#sums.write(batch)
    return batch.map(({ record }) => record)
  }

  /** The transaction of the last `insert` was rolled back. */
  forget(): void {
    this.names.forget()
  }

  /** All records of an earlier build were moved. */
  oldAreGone(): void {
    this.#old = undefined
  }

  #prepare(record: ExchangeRecord, place: number, body: string): Prepared {
    const at = isVersion7(record.id) ? timeOfPlace(place) : record.at
    const day = Math.floor(at / dayMs)
    const texts = namesOf(record)
    const idOf = (text: string | undefined) => this.names.idOf(text, day, true)
    const team = this.names.idOf(texts.team, day, true, (path) => {
      for (const one of teamsOf(record)) this.#addPath.run(idOf(one), path)
    })
    const isModelCounted = !namesNothing(record)
    const tags = tagsOf(record)
    const cells: Cells = {
      key: idOf(texts.key),
      person: idOf(texts.person),
      workload: idOf(texts.workload),
      team,
      kind: idOf(texts.kind),
      model: this.names.idOf(texts.model, day, isModelCounted),
      target: idOf(texts.target),
      outcome: idOf(texts.outcome),
      code: idOf(texts.code),
      tags: tags.length > 0 ? tags.map(idOf) : [0],
      isModelCounted,
    }
    const destination = idOf(texts.destination)
    const { key, outcome } = cells
    return {
      record,
      body,
      place,
      at,
      day,
      key,
      team,
      outcome,
      cells,
      destination,
      amounts: amountsOf(record),
    }
  }

  #writeFacts(batch: readonly Prepared[], runs: readonly number[]): void {
    const addresses = this.#bodies.write(batch.map(({ body }) => body))
    this.#facts.write(
      batch.map(({ record, place, cells, destination, amounts }, index) => ({
        place,
        id: bytesOfId(record.id),
        run: runs[index] ?? 0,
        parent: record.parent === undefined ? null : bytesOfId(record.parent),
        ...cells,
        destination,
        cost_nano: record.costNano === undefined ? null : costWithin(amounts),
        address: addresses[index] ?? 0,
      })),
    )
    for (const { record, place, day } of batch)
      for (const mark of marksOf(record)) this.#addMark.run(this.names.idOf(mark, day, false), place)
  }
}

/** The table of records of an earlier build, until they are moved (take-over.ts). */
class OldRecords {
  readonly #find
  readonly #firstOfRun

  constructor(database: Database) {
    this.#find = database.query<unknown, [string]>('SELECT 1 FROM old_record WHERE id = ?')
    this.#firstOfRun = database.query<{ id: string }, [string]>(
      'SELECT id FROM old_record WHERE run = ? ORDER BY id LIMIT 1',
    )
  }

  has(id: string): boolean {
    return this.#find.get(id) !== null
  }

  placeOfRun(name: string): number | undefined {
    const first = this.#firstOfRun.get(name)
    return first ? placeOfId(first.id) : undefined
  }
}

export const hasOldRecords = (database: Database): boolean =>
  database.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'old_record'").get() !== null

/** A vendor may report any amount, but a column has 64 bits. */
const costWithin = ({ cost }: Amounts) => (cost < 2n ** 62n ? cost : 2n ** 62n)

function bodyOf(record: ExchangeRecord, known: string | undefined): string {
  const body = known ?? JSON.stringify(record)
  return body.includes('\\u0000')
    ? JSON.stringify(record, (_name, value) => (typeof value === 'string' ? clean(value) : value))
    : body
}
