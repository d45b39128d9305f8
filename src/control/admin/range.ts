// Parses the `from` and `to` of queries into a half-open range [from, to) of milliseconds.

import { dayMs, parseMoment } from './moment.ts'
import { ProblemError } from './problem.ts'

export interface Range {
  from?: number
  to?: number
}

export function parseRange(query: { from?: string | undefined; to?: string | undefined }): Range {
  const from = query.from === undefined ? undefined : moment('from', query.from).ms
  const end = query.to === undefined ? undefined : moment('to', query.to)
  // "to 2026-11-30" includes that day.
  const to = end === undefined ? undefined : end.isDay ? end.ms + dayMs : end.ms
  if (from !== undefined && to !== undefined && from >= to) {
    throw new ProblemError(
      'bad-request',
      `from "${query.from}" is not before to "${query.to}"; exchange them.`,
    )
  }
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

function moment(field: string, text: string) {
  const parsed = parseMoment(text)
  if (parsed) return parsed
  throw new ProblemError(
    'bad-request',
    `${field} "${text}" is neither a day (2026-11-23) nor an instant with its zone (2026-11-23T12:00:00Z).`,
  )
}
