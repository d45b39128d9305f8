// The proof of the journal's promises: histories of entries and faults of the disk, played through the
// writer's machine to a kill, a loss of power or a clean end, and read again by recovery.
// GATEHOUSE_JOURNAL_SEED=n plays other histories, GATEHOUSE_JOURNAL_SEEDS=n more or fewer of them.

import { describe, expect, test } from 'bun:test'
import { type Mutation, play } from './simulated.ts'

const first = Number(process.env.GATEHOUSE_JOURNAL_SEED ?? 1)
const count = Number(process.env.GATEHOUSE_JOURNAL_SEEDS ?? 500)

describe('the journal', () => {
  test(
    `loses nothing that it promised in ${count} histories from seed ${first}`,
    () => {
      const sums = { promised: 0, faults: 0, segments: 0 }
      for (let seed = first; seed < first + count; seed += 1) {
        const { violation, promised, faults, segments } = play(seed)
        if (violation !== undefined) throw new Error(`seed ${seed}: ${violation}`)
        sums.promised += promised
        sums.faults += faults
        sums.segments += segments
      }
      // a simulation in which little happens proves little
      expect(sums.promised).toBeGreaterThan(count * 7)
      expect(sums.faults).toBeGreaterThan(count * 4)
      expect(sums.segments).toBeGreaterThan(count * 2)
    },
    count * 200,
  )

  test('loses nothing in the histories in which it once did', () => {
    // a sync in the middle of a line; of two syncs of a file one failed; a kill while a segment was taken
    // over; two failures of one file
    for (const seed of [40, 24, 575, 1132]) expect(play(seed).violation).toBeUndefined()
  })

  test('a history plays the same each time', () => {
    for (let seed = 1; seed <= 5; seed += 1) expect(play(seed)).toEqual(play(seed))
  })
})

const mutants: Readonly<Record<string, Mutation>> = {
  'a write that took less counts as whole': { countsShortWrites: true },
  'a file is used on after its sync failed': { ignoresFailedSync: true },
  'a segment does not begin with what is open': { carriesNothing: true },
  'an entry is promised before it is written': { promisesEarly: true },
}

describe('the simulation of the journal notices when', () => {
  for (const [rule, mutation] of Object.entries(mutants))
    test(rule, () => {
      const isNoticed = Array.from({ length: 300 }, (_, index) => index + 1).some(
        (seed) => play(seed, mutation).violation !== undefined,
      )
      expect(isNoticed).toBe(true)
    }, 60_000)
})
