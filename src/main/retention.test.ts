import { expect, test } from 'bun:test'
import type { RetentionRule } from '../contract/records.ts'
import type { Snapshot } from '../contract/snapshot.ts'
import { createFakeClock } from '../kit/fake-clock.ts'
import { compileText } from '../../test/config/compiling.ts'
import { retentionRule, startRetention } from './retention.ts'

const dayMs = 24 * 3_600_000

const snapshotOf = (text: string): Snapshot => {
  const { compiled, problems } = compileText(text)
  if (!compiled) throw new Error(JSON.stringify(problems))
  return compiled.rules.snapshot
}

test('records are kept as the configuration says: by the team, else by records.keep, else for 90 days', () => {
  const teams =
    'teams: { audit: { records: { keep: 400d } }, inner: { parent: audit }, labs: { records: { keep: 1d } } }'
  expect(retentionRule(snapshotOf(`version: 1\n${teams}\n`))).toEqual({
    keepMs: 90 * dayMs,
    teams: { audit: 400 * dayMs, labs: dayMs },
  })
  expect(retentionRule(snapshotOf('version: 1\nrecords: { keep: 30d }\n'))).toEqual({
    keepMs: 30 * dayMs,
    teams: {},
  })
})

test('a round works slice by slice with pauses, under the rules of that moment, and comes again after an hour; a store that is down is asked again', async () => {
  const clock = createFakeClock()
  const asked: RetentionRule[] = []
  let left = 3
  let isDown = false
  let rules = snapshotOf('version: 1\n')
  const logged: string[] = []
  const log = { debug() {}, info() {}, error() {}, warn: (message: string) => void logged.push(message) }
  const retention = startRetention({
    retention: {
      async retain(rule) {
        asked.push(rule)
        if (isDown) throw new Error('no answer')
        left -= 1
        return { removed: 5, isDone: left <= 0 }
      },
    },
    snapshot: () => rules,
    clock,
    log,
  })
  const pass = async (ms: number) => {
    clock.advance(ms)
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve()
  }
  await pass(60_000)
  expect(asked).toHaveLength(1)
  await pass(49)
  expect(asked).toHaveLength(1)
  await pass(1)
  rules = snapshotOf('version: 1\nrecords: { keep: 30d }\n')
  await pass(50)
  expect(asked.map(({ keepMs }) => keepMs / dayMs)).toEqual([90, 90, 30])
  await pass(3_599_999)
  expect(asked).toHaveLength(3)
  isDown = true
  await pass(1)
  expect([asked.length, logged.length]).toEqual([4, 1])
  isDown = false
  await pass(60_000)
  expect(asked).toHaveLength(5)
  retention.stop()
  await pass(10 * 3_600_000)
  expect(asked).toHaveLength(5)
})
