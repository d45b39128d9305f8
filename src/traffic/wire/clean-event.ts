// Reduces an event to what guards have read: its data, and a name that repeats the data's own type. Comments,
// ids, retry times and other names come from the provider, and no guard has read them. Clients of these
// dialects do not use them, so they are left out.

import { readEvent } from '../../kit/sse.ts'
import type { ServerEvent } from '../../kit/sse.ts'
import { latin1Of } from '../../kit/bytes-text.ts'

/** @param raw the event as it was sent */
export function cleanEvent(event: ServerEvent, raw: Uint8Array): { event: ServerEvent; raw: Uint8Array } {
  if (isClean(event, raw)) return { event, raw }
  const { name, data } = event
  const text = latin1Of(raw)
  // an empty comment keeps the connection alive without the provider's text
  if (!data)
    return {
      event: silent,
      raw: Buffer.from(`:${/\r\n|\r|\n/.exec(text)?.[0] ?? ''}${/(?:\r\n|\r|\n)$/.exec(text)?.[0] ?? ''}`),
    }
  const keepsName = name !== undefined && isKnown(name, data)
  const lines = text.replace(/^\xef\xbb\xbf/, '').match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []
  const kept = Buffer.from(
    lines.filter((line) => (keepsName ? readOrNamed : read).test(line)).join(''),
    'latin1',
  )
  return { event: readEvent(kept), raw: kept }
}

const silent: ServerEvent = { dataSpans: [] }
const read = /^(?:data(?=[:\r\n]|$)|[\r\n])/
const readOrNamed = /^(?:data(?=[:\r\n]|$)|event:|[\r\n])/

/** Is the event one line of data, with or without a name before it, and nothing else? */
function isClean({ name, data, dataSpans, id, retryMs }: ServerEvent, raw: Uint8Array): boolean {
  const [first] = dataSpans
  if (!data || !first) return raw.length <= 2
  if (dataSpans.length > 1 || id !== undefined || retryMs !== undefined || raw.length - first.end > 4)
    return false
  if (name === undefined) return first.start <= 6
  const before = latin1Of(raw.subarray(0, first.start))
  return (
    before.startsWith('event: ') &&
    /^\r?\ndata: ?$/.test(before.slice(7 + name.length)) &&
    isKnown(name, data)
  )
}

/** Does the name add nothing to the data, which guards read? */
function isKnown(name: string, data: Uint8Array): boolean {
  return (
    plain.has(name) ||
    (/^[a-z_.]{1,80}$/.test(name) && latin1Of(data.subarray(0, nearBytes)).includes(`"${name}"`))
  )
}

const plain: ReadonlySet<string> = new Set(['message', 'error', 'ping', 'done'])
/** The type is usually the first member. */
const nearBytes = 4096
