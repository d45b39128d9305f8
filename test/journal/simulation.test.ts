// The proof of the journal's promises. Histories of entries and disk faults run through the writer up to a
// kill, a power loss or a clean end, and recovery reads the result. GATEHOUSE_JOURNAL_SEED=n plays other
// histories, GATEHOUSE_JOURNAL_SEEDS=n changes their number.

import { describe, expect, test } from 'bun:test'
import { type Mutation, play } from './simulated.ts'

const first = Number(process.env.GATEHOUSE_JOURNAL_SEED ?? 1)
const count = Number(process.env.GATEHOUSE_JOURNAL_SEEDS ?? 500)

describe('the journal', () => {
  test(
    `the journal loses no confirmed entry in ${count} histories from seed ${first}`,
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

  test('the journal loses nothing in the histories in which it once lost entries', () => {
    // a sync in the middle of a line; one of two syncs of a file failed; a kill during the takeover of a
    // segment; two failures of one file
    for (const seed of [40, 24, 575, 1132]) expect(play(seed).violation).toBeUndefined()
  })

  test('a history of the journal plays the same way each time', () => {
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
