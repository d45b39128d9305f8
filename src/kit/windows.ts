// The windows of budgets: periods of the calendar in a named zone, converted to instants once. Code that counts
// uses the instants and never the calendar again.

export type Period = 'hour' | 'day' | 'week' | 'month' | 'year' | 'total'

/**
 * `[start, end)` in ms since the epoch; `total` has no ends. The name is the ISO instant of the start, or
 * `total`.
 */
export interface Window {
  name: string
  start: number
  end: number
}

/**
 * The window that contains an instant. Windows of one period and zone follow each other without gap or overlap,
 * even if the zone's clock jumps: a day may have 23 or 25 hours, and an hour that the clock repeats is two
 * windows. Weeks begin on Monday (ISO 8601).
 * @param zone IANA name
 * @throws RangeError for a zone that the runtime does not know
 */
export function windowAt(per: Period, zone: string, at: number): Window {
  if (per === 'total') return { name: 'total', start: -Infinity, end: Infinity }
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(zone)
  if (per === 'hour') return hourAt(instant)
  const { first, length } = calendar[per]
  let date = first(instant.toPlainDate())
  let start = startOf(date, zone)
  let end = startOf(date.add(length), zone)
  // If the clock falls back over midnight (in Newfoundland until 2011), the old date returns after the new day
  // has begun. That time belongs to the new day.
  while (at >= end) {
    date = date.add(length)
    start = end
    end = startOf(date.add(length), zone)
  }
  return createWindow(start, end)
}

/** The window after one that has an end. */
export const windowAfter = (per: Period, zone: string, window: Window): Window =>
  window.end === Infinity ? window : windowAt(per, zone, window.end)

const hourMs = 3_600_000

/** The first day of the period that contains a date, and the length of the period. */
const calendar: Record<
  Exclude<Period, 'hour' | 'total'>,
  { first(date: Temporal.PlainDate): Temporal.PlainDate; length: Temporal.DurationLike }
> = {
  day: { first: (date) => date, length: { days: 1 } },
  week: { first: (date) => date.subtract({ days: date.dayOfWeek - 1 }), length: { weeks: 1 } },
  month: { first: (date) => date.with({ day: 1 }), length: { months: 1 } },
  year: { first: (date) => date.with({ month: 1, day: 1 }), length: { years: 1 } },
}

/** The first instant of a day. If the clock skips midnight, the instant of the jump. */
const startOf = (date: Temporal.PlainDate, zone: string): number =>
  date.toZonedDateTime(zone).epochMilliseconds

/**
 * Hours are cut where the local clock shows a full hour, and where it jumps into the middle of one (Lord Howe
 * Island moves by 30 minutes).
 */
function hourAt(now: Temporal.ZonedDateTime): Window {
  const at = now.epochMilliseconds
  const offset = now.offsetNanoseconds / 1_000_000
  const start = Math.floor((at + offset) / hourMs) * hourMs - offset
  // A transition at this very instant counts as the previous one.
  const previous = now.add({ milliseconds: 1 }).getTimeZoneTransition('previous')
  const next = now.getTimeZoneTransition('next')
  return createWindow(
    Math.max(start, previous?.epochMilliseconds ?? -Infinity),
    Math.min(start + hourMs, next?.epochMilliseconds ?? Infinity),
  )
}

const createWindow = (start: number, end: number): Window => ({
  name: new Date(start).toISOString(),
  start,
  end,
})
