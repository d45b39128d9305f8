// The windows of budgets: periods of the calendar in a named zone, cut into instants once. Whoever counts
// uses the instants, never the calendar again.

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
 * The window that holds an instant. Windows of one period and zone follow each other without gap or overlap,
 * also where the zone's clock jumps: a day may have 23 or 25 hours, an hour that the clock repeats is two
 * windows. Weeks begin on Monday (ISO 8601).
 * @param zone IANA name. @throws RangeError for a zone that the runtime does not know
 */
export function windowAt(per: Period, zone: string, at: number): Window {
  if (per === 'total') return { name: 'total', start: -Infinity, end: Infinity }
  if (per === 'hour') return hourAt(zone, at)
  const step = steps[per]
  let local = step.floor(at + offsetAt(zone, at))
  let start = instantOf(zone, local)
  let end = instantOf(zone, step.next(local))
  // where the clock falls back over midnight (Newfoundland until 2011) the old date returns after the new day
  // has begun: it belongs to the new day
  while (at >= end) {
    local = step.next(local)
    start = end
    end = instantOf(zone, step.next(local))
  }
  return named(start, end)
}

/** The window after one that has an end. */
export const windowAfter = (per: Period, zone: string, window: Window): Window =>
  window.end === Infinity ? window : windowAt(per, zone, window.end)

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Calendar arithmetic on local time written as if it were UTC. */
const steps: Record<
  Exclude<Period, 'hour' | 'total'>,
  { floor(local: number): number; next(local: number): number }
> = {
  day: { floor: (local) => Math.floor(local / dayMs) * dayMs, next: (local) => local + dayMs },
  // the epoch was a Thursday: day −3 is the Monday before it
  week: {
    floor: (local) => Math.floor((local / dayMs + 3) / 7) * 7 * dayMs - 3 * dayMs,
    next: (local) => local + 7 * dayMs,
  },
  month: { floor: (local) => firstOf(local, 0), next: (local) => firstOf(local, 1) },
  year: {
    floor: (local) => Date.UTC(new Date(local).getUTCFullYear(), 0),
    next: (local) => Date.UTC(new Date(local).getUTCFullYear() + 1, 0),
  },
}

function firstOf(local: number, monthsLater: number): number {
  const date = new Date(local)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + monthsLater)
}

/**
 * Hours are cut where the local clock shows a full hour, and where it jumps into the middle of one (Lord Howe
 * Island moves by 30 minutes).
 */
function hourAt(zone: string, at: number): Window {
  const offset = offsetAt(zone, at)
  const start = Math.floor((at + offset) / hourMs) * hourMs - offset
  const end = start + hourMs
  return named(
    offsetAt(zone, start) === offset ? start : jumpBetween(zone, start, at),
    offsetAt(zone, end - 1) === offset ? end : jumpBetween(zone, at, end - 1),
  )
}

/**
 * The first instant at which the local clock shows `local`; where it skips that moment, the instant of the
 * jump.
 */
function instantOf(zone: string, local: number): number {
  const before = offsetAt(zone, local - dayMs)
  const after = offsetAt(zone, local + dayMs)
  const early = local - Math.max(before, after)
  if (early + offsetAt(zone, early) === local) return early
  const late = local - Math.min(before, after)
  if (late + offsetAt(zone, late) === local) return late
  return jumpBetween(zone, local - dayMs, local + dayMs)
}

/** The instant in (from, to] at which the zone's offset is first another one than at `from`. */
function jumpBetween(zone: string, from: number, to: number): number {
  const offset = offsetAt(zone, from)
  let low = from
  let high = to
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(zone, middle) === offset) low = middle
    else high = middle
  }
  return high
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Local time minus UTC, ms. */
function offsetAt(zone: string, at: number): number {
  if (zone === 'UTC') return 0
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const part: Record<string, number> = {}
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value)
  const local = Date.UTC(
    part.year ?? 0,
    (part.month ?? 1) - 1,
    part.day ?? 1,
    part.hour ?? 0,
    part.minute ?? 0,
    part.second ?? 0,
  )
  return local - Math.floor(at / 1000) * 1000
}

const named = (start: number, end: number): Window => ({ name: new Date(start).toISOString(), start, end })
