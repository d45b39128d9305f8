// Records for the tests of the store: ids of a given time, and many records from a seed.

import type { Database } from 'bun:sqlite'
import type { ExchangeRecord } from '../../src/contract/record.ts'
import { BodyReader, type Located } from '../../src/storage/sqlite/records/bodies.ts'
import { recordOf } from '../journal/kit.ts'

/** A UUIDv7 of a given time; `number` makes it unique and sets its order. */
export function idAt(at: number, number = 0): string {
  const hex = at.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${String(number % 1000).padStart(3, '0')}-8000-${String(number).padStart(12, '0')}`
}

/** Numbers from 0 to below `most`, the same for the same seed. */
export function chance(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) | 0
    return ((state ^ (state >>> 13)) >>> 0) % most
  }
}

const teams = [['research', 'engineering'], ['sales'], ['engineering'], ['labs', 'research', 'engineering']]
const outcomes = ['ok', 'ok', 'ok', 'failed', 'refused'] as const

/**
 * `number` records, one each `everyMs` from `from` on, of every shape that filters and roll-ups distinguish.
 */
export function crowd(
  number: number,
  { from, everyMs, seed }: { from: number; everyMs: number; seed: number },
): ExchangeRecord[] {
  const draw = chance(seed)
  const all: ExchangeRecord[] = []
  for (let index = 0; index < number; index += 1) {
    const at = from + index * everyMs
    const outcome = outcomes[draw(outcomes.length)] ?? 'ok'
    const teamPath = teams[draw(teams.length)] ?? []
    const target = `${['openai', 'azure', 'azure-2'][draw(3)]}/model-${draw(3)}`
    const before = draw(4) === 0 ? all[draw(Math.max(1, all.length))] : undefined
    const totalMs = 5 + draw(4_000)
    all.push(
      recordOf(idAt(at, index), {
        at,
        kind: draw(5) === 0 ? 'tool.call' : 'model.generate',
        resource: { kind: 'model', name: `model-${draw(4)}` },
        key: `key-${draw(6)}`,
        ...(draw(2) ? { person: `person-${draw(3)}` } : { workload: `workload-${draw(3)}` }),
        team: teamPath[0] ?? '',
        teamPath,
        ...(draw(3) ? { tags: { cost: `r${draw(3)}`, ...(draw(2) ? { stage: 'test' } : {}) } } : {}),
        outcome,
        ...(outcome === 'ok'
          ? {}
          : { code: outcome === 'failed' ? ('upstream-error' as const) : ('policy-denied' as const) }),
        ...(draw(3) ? { run: `run-${draw(9)}` } : {}),
        ...(before?.run === undefined
          ? {}
          : { parent: before.id, run: before.run, depth: (before.depth ?? 0) + 1 }),
        target,
        destination: target.slice(0, target.indexOf('/')),
        costNano: String(draw(900_000)),
        costBasis: draw(5) ? 'usage' : 'estimated',
        usage: { inputTokens: draw(5_000), outputTokens: draw(900), cacheReadTokens: draw(100) },
        ...(draw(4) ? {} : { policies: [{ name: `policy-${draw(2)}`, effect: 'flag' }] }),
        ...(draw(4) ? {} : { findings: { request: { [`pii/${['email', 'iban'][draw(2)]}`]: 1 } } }),
        times: { gateMs: draw(30) / 10, firstTokenMs: draw(totalMs), totalMs },
      }),
    )
  }
  return all
}

/** The JSON of every record in the store, oldest first. */
export function bodiesOf(database: Database): string[] {
  const bodies = new BodyReader(database)
  return database
    .query<Located, []>('SELECT place, address FROM fact ORDER BY place')
    .safeIntegers(false)
    .all()
    .flatMap((located) => bodies.read(located) ?? [])
}
