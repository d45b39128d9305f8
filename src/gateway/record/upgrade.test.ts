import { expect, test } from 'bun:test'
import { recordOf } from '../../../test/journal/kit.ts'
import { upgradeRecord } from './upgrade.ts'

test('a record of format 1 gets today’s names, also in its attempts and losses; a tag keeps its value', () => {
  const today = recordOf('a', {
    outcome: 'canceled',
    attempts: [{ number: 1, target: 'x/y', startedMs: 0, endedMs: 1, outcome: 'canceled' }],
    losses: [{ side: 'response', path: 'a', what: 'dropped' } as never],
    tags: { outcome: 'cancelled' },
  })
  const old = JSON.parse(
    JSON.stringify(today)
      .replaceAll('"outcome":"canceled"', '"outcome":"cancelled"')
      .replace('"side":"response"', '"side":"reply"'),
  )
  expect(upgradeRecord(old, 1)).toEqual(today)
  expect(upgradeRecord(old, 2)).toEqual(old)
})

test('findings of a build that did not record their side are separate from both sides', () => {
  const flat = { ...recordOf('a'), findings: { 'pii/email': 2 } } as never
  expect(upgradeRecord(flat, 2).findings).toEqual({ unphased: { 'pii/email': 2 } })
  const today = recordOf('a', { findings: { response: { 'pii/email': 1 } } })
  expect(upgradeRecord(today, 2)).toBe(today)
})
