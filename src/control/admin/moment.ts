// Parses points in time of administrators: `2026-11-23`, `2026-11-23T12:00:00Z`.

const day = /^\d{4}-\d{2}-\d{2}$/
const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/

export const dayMs = 86_400_000

/**
 * @returns ms since the epoch; undefined if the text is neither a UTC day nor an instant with its zone. A day
 * means its beginning.
 */
export function parseMoment(text: string): { ms: number; isDay: boolean } | undefined {
  const isDay = day.test(text)
  if (!isDay && !instant.test(text)) return undefined
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return undefined
  // Date.parse takes 31 February for a day of March.
  const written = Date.parse(`${text.slice(0, 10)}T00:00:00Z`)
  return Number.isNaN(written) || new Date(written).toISOString().slice(0, 10) !== text.slice(0, 10)
    ? undefined
    : { ms, isDay }
}

export const isoInstant = (ms: number): string => new Date(ms).toISOString()
