import { expect, test } from 'bun:test'
import { recordOf } from '../../../test/journal/kit.ts'
import { upgradeRecord } from './upgrade.ts'

test('a record of format 1 gets the words of today, also in its attempts and losses; a tag keeps its value', () => {
  const today = recordOf('a', {
    outcome: 'canceled',
    attempts: [{ number: 1, target: 'x/y', startedMs: 0, endedMs: 1, outcome: 'canceled' }],
    losses: [{ side: 'response', path: 'a', what: 'dropped' } as never],
    tags: { outcome: 'cancelled' },
  })
  const old = JSON.parse(
    JSON.stringify(today).replaceAll('"outcome":"canceled"', '"outcome":"cancelled"').replace('"side":"response"', '"side":"reply"'),
  )
  expect(upgradeRecord(old, 1)).toEqual(today)
  expect(upgradeRecord(old, 2)).toEqual(old)
})
