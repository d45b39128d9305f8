import { describe, expect, test } from 'bun:test'
import { type Period, windowAt } from './windows.ts'

const hour = 3_600_000
const iso = (at: number) => new Date(at).toISOString()
const cut = (per: Period, zone: string, at: string) => {
  const window = windowAt(per, zone, Date.parse(at))
  return [iso(window.start), iso(window.end)]
}

describe('windows', () => {
  test('a day in Berlin has 23 hours in March and 25 in October', () => {
    expect(cut('day', 'Europe/Berlin', '2026-03-29T12:00:00Z')).toEqual([
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T22:00:00.000Z',
    ])
    expect(cut('day', 'Europe/Berlin', '2026-10-25T12:00:00Z')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ])
  })
  test('months, weeks and years begin at local midnight', () => {
    expect(cut('month', 'America/New_York', '2026-11-23T12:00:00Z')).toEqual([
      '2026-11-01T04:00:00.000Z',
      '2026-12-01T05:00:00.000Z',
    ])
    expect(cut('week', 'Asia/Kolkata', '2026-11-22T18:29:59Z')).toEqual([
      '2026-11-15T18:30:00.000Z',
      '2026-11-22T18:30:00.000Z',
    ])
    expect(cut('year', 'Pacific/Auckland', '2026-06-01T00:00:00Z')).toEqual([
      '2025-12-31T11:00:00.000Z',
      '2026-12-31T11:00:00.000Z',
    ])
  })
  test('where midnight is skipped the day begins at the jump', () => {
    expect(cut('day', 'Africa/Cairo', '2026-04-24T12:00:00Z')[0]).toBe('2026-04-23T22:00:00.000Z')
    expect(cut('day', 'America/Sao_Paulo', '2018-11-04T12:00:00Z')).toEqual([
      '2018-11-04T03:00:00.000Z',
      '2018-11-05T02:00:00.000Z',
    ])
  })
  test('a repeated hour is two windows, and a jump of half an hour cuts an hour', () => {
    expect(cut('hour', 'Europe/Berlin', '2026-10-25T00:30:00Z')).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T01:00:00.000Z',
    ])
    expect(cut('hour', 'Europe/Berlin', '2026-10-25T01:30:00Z')).toEqual([
      '2026-10-25T01:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ])
    expect(cut('hour', 'Asia/Kolkata', '2026-11-23T12:15:00Z')).toEqual([
      '2026-11-23T11:30:00.000Z',
      '2026-11-23T12:30:00.000Z',
    ])
    expect(cut('hour', 'Australia/Lord_Howe', '2026-10-03T15:40:00Z')).toEqual([
      '2026-10-03T15:30:00.000Z',
      '2026-10-03T16:00:00.000Z',
    ])
  })
  test('a total has no ends', () => {
    expect(windowAt('total', 'UTC', 0)).toEqual({ name: 'total', start: -Infinity, end: Infinity })
  })
  test('a zone that does not exist is refused', () => {
    expect(() => windowAt('day', 'Mars/Olympus', 0)).toThrow(RangeError)
  })

  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'America/Havana',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
  ]
  for (const zone of zones)
    test(`windows of ${zone} follow each other without gap or overlap, and each instant lies in its own`, () => {
      for (const per of ['hour', 'day', 'week', 'month', 'year'] as const) {
        // 2010–2011: Newfoundland falls back over midnight, Samoa skips a day
        for (const from of [
          '2010-10-20T00:17:00Z',
          '2011-11-01T00:17:00Z',
          '2026-03-07T00:17:00Z',
          '2026-09-20T00:17:00Z',
        ]) {
          let window = windowAt(per, zone, Date.parse(from))
          for (
            let count = 0;
            count < (per === 'hour' ? 24 * 50 : 70) && window.end < Date.parse(from) + 90 * 24 * hour;
            count += 1
          ) {
            expect(windowAt(per, zone, window.end - 1)).toEqual(window)
            const next = windowAt(per, zone, window.end)
            expect(next.start).toBe(window.end)
            expect(next.end).toBeGreaterThan(next.start)
            window = next
          }
        }
      }
    })
})
