// Writes records: their facts, bodies, marks and runs, and adds them to the roll-ups. Only a record that was
// not there before is added to a sum.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../../contract/record.ts'
import { type Amounts, amountsOf } from './amounts.ts'
import { clean, marksOf, namesNothing, namesOf, tagsOf, teamsOf } from './facts.ts'
import { Names } from './names.ts'
import { bytesOfId, isVersion7, placeOfId, placesPerMs, timeOfPlace } from './place.ts'
import { dayMs } from './roll-ups.ts'
import { type Placed, runWriter } from './run-writer.ts'
import { sumsWriter } from './sums.ts'

export class RecordWriter {
  readonly names: Names
  private readonly around
  private readonly addFact
  private readonly addBody
  private readonly addMark
  private readonly addPath
  private readonly newSums
  private readonly newRuns
  private old: { has(id: string): boolean; placeOfRun(name: string): number | undefined } | undefined

  constructor(database: Database) {
    this.names = new Names(database)
    this.around = database
      .query<{ place: number; id: Uint8Array }, [number, number]>(
        'SELECT place, id FROM fact WHERE place >= ? AND place < ?',
      )
      .safeIntegers(false)
    this.addFact = database.query<never, (number | bigint | null | Uint8Array)[]>(
      `INSERT INTO fact (place, id, run, parent, kind, key, person, workload, team, model, target, destination, outcome, code, cost_nano)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.addBody = database.query<never, [number, string]>('INSERT INTO body (place, body) VALUES (?, ?)')
    this.addMark = database.query<never, [number, number]>('INSERT INTO mark (name, place) VALUES (?, ?)')
    this.addPath = database.query<never, [number, number]>(
      'INSERT INTO path_team (team, path) VALUES (?, ?) ON CONFLICT DO NOTHING',
    )
    this.newSums = sumsWriter(database)
    this.newRuns = runWriter(database)
    if (hasOldRecords(database)) {
      const find = database.query<unknown, [string]>('SELECT 1 FROM old_record WHERE id = ?')
      const firstOfRun = database.query<{ id: string }, [string]>(
        'SELECT id FROM old_record WHERE run = ? ORDER BY id LIMIT 1',
      )
      this.old = {
        has: (id) => find.get(id) !== null,
        placeOfRun(name) {
          const first = firstOfRun.get(name)
          return first ? placeOfId(first.id) : undefined
        },
      }
    }
  }

  /**
   * Inside a transaction. Gives back those that are new. After a transaction that was rolled back: `forget`.
   * @param isOld they come from the tables of an earlier build
   * @throws when a value cannot be stored
   */
  insert(records: readonly ExchangeRecord[], isOld = false): ExchangeRecord[] {
    const taken = new Map<number, string>()
    const sums = this.newSums()
    const runs = this.newRuns(this.old?.placeOfRun)
    const placed: (Placed & { write(run: number): void })[] = []
    for (const record of records) {
      if (!isOld && this.old?.has(record.id)) continue
      const place = this.placeFor(record.id, taken)
      if (place === undefined) continue
      const one = this.prepare(record, place, sums)
      runs.add(one)
      placed.push(one)
    }
    const places = runs.write()
    for (const { record, write } of placed)
      write(record.run === undefined ? 0 : (places.get(clean(record.run)) ?? 0))
    sums.write()
    return placed.map(({ record }) => record)
  }

  /** The transaction of the last `insert` was rolled back. */
  forget(): void {
    this.names.forget()
  }

  /** Everything of an earlier build was taken over. */
  oldAreGone(): void {
    this.old = undefined
  }

  /** @returns undefined: it is there already */
  private placeFor(id: string, taken: Map<number, string>): number | undefined {
    const own = placeOfId(id)
    const begin = own - (own % placesPerMs)
    const used = new Set<number>()
    for (const row of this.around.all(begin, begin + placesPerMs)) {
      if (Buffer.compare(row.id, bytesOfId(id)) === 0) return undefined
      used.add(row.place)
    }
    for (let step = 0; step < placesPerMs; step += 1) {
      const place = begin + ((own - begin + step) % placesPerMs)
      if (taken.get(place) === id) return undefined
      if (used.has(place) || taken.has(place)) continue
      taken.set(place, id)
      return place
    }
    throw new Error(`more than ${placesPerMs} records are of one millisecond`)
  }

  private prepare(record: ExchangeRecord, place: number, sums: ReturnType<RecordWriter['newSums']>) {
    const at = isVersion7(record.id) ? timeOfPlace(place) : record.at
    const day = Math.floor(at / dayMs)
    const texts = namesOf(record)
    const idOf = (text: string | undefined) => this.names.idOf(text, day, true)
    const isModelCounted = !namesNothing(record)
    const team = this.names.idOf(texts.team, day, true, (path) => {
      for (const one of teamsOf(record)) this.addPath.run(idOf(one), path)
    })
    const model = this.names.idOf(texts.model, day, isModelCounted)
    const [kind, key, person, workload] = [
      idOf(texts.kind),
      idOf(texts.key),
      idOf(texts.person),
      idOf(texts.workload),
    ]
    const [target, destination, outcome, code] = [
      idOf(texts.target),
      idOf(texts.destination),
      idOf(texts.outcome),
      idOf(texts.code),
    ]
    const amounts = amountsOf(record)
    const tags = tagsOf(record)
    sums.add(
      record,
      at,
      {
        key,
        person,
        workload,
        team,
        kind,
        target,
        outcome,
        code,
        model: isModelCounted ? model : 0,
        tags: tags.length > 0 ? tags.map(idOf) : [0],
      },
      amounts,
    )
    const write = (run: number) => {
      const parent = record.parent === undefined ? null : bytesOfId(record.parent)
      const cost = record.costNano === undefined ? null : costWithin(amounts)
      const names = [kind, key, person, workload, team, model, target, destination, outcome, code]
      this.addFact.run(place, bytesOfId(record.id), run, parent, ...names, cost)
      this.addBody.run(place, bodyOf(record))
      for (const mark of marksOf(record)) this.addMark.run(this.names.idOf(mark, day, false), place)
    }
    return { record, place, key, team, outcome, amounts, write }
  }
}

export const hasOldRecords = (database: Database): boolean =>
  database.query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'old_record'").get() !== null

/** A vendor may report any amount: a column takes 64 bits. */
const costWithin = ({ cost }: Amounts) => (cost < 2n ** 62n ? cost : 2n ** 62n)

function bodyOf(record: ExchangeRecord): string {
  const body = JSON.stringify(record)
  return body.includes('\\u0000')
    ? JSON.stringify(record, (_name, value) => (typeof value === 'string' ? clean(value) : value))
    : body
}
