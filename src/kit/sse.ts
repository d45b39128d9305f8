// Server-sent events as the WHATWG defines them
// (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream): parsing and
// writing of one event. sse-splitter.ts finds the raw events in a byte stream.
//
// A raw event is kept in addition to its parsed form, because a gateway forwards the original bytes:
// comments, ids, spacing and unusual line ends stay with their event. `replaceData` changes only the data.

export interface ServerEvent {
  /** Absent means the default, `message`. */
  readonly name?: string
  /**
   * The data lines joined by LF, as UTF-8. Absent for a comment, a ping or a single `retry`, which clients do
   * not see.
   */
  readonly data?: Uint8Array
  /** The position of the value of each data line in the raw event. */
  readonly dataSpans: readonly { readonly start: number; readonly end: number }[]
  readonly id?: string
  readonly retryMs?: number
}

/**
 * Reads one raw event.
 * @param isFirst the first event of a stream may begin with a byte order mark
 */
export function readEvent(raw: Uint8Array, isFirst = false): ServerEvent {
  const dataSpans: { start: number; end: number }[] = []
  const fields: { name?: string; id?: string; retryMs?: number } = {}
  let i = isFirst && raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf ? 3 : 0
  while (i < raw.length) {
    const end = lineEnd(raw, i)
    const colon = raw.subarray(i, end).indexOf(0x3a)
    // A line that begins with a colon is a comment.
    if (colon !== 0 && end > i) {
      const nameEnd = colon < 0 ? end : i + colon
      const valueStart = colon < 0 ? end : nameEnd + (raw[nameEnd + 1] === 0x20 && nameEnd + 1 < end ? 2 : 1)
      readField(raw, ascii(raw, i, nameEnd), valueStart, end, dataSpans, fields)
    }
    i = raw[end] === 0x0d && raw[end + 1] === 0x0a ? end + 2 : end + 1
  }
  if (dataSpans.length === 0) return { ...fields, dataSpans }
  return { ...fields, dataSpans, data: joinData(raw, dataSpans) }
}

function readField(
  raw: Uint8Array,
  field: string,
  start: number,
  end: number,
  dataSpans: { start: number; end: number }[],
  fields: { name?: string; id?: string; retryMs?: number },
): void {
  if (field === 'data') dataSpans.push({ start, end })
  else if (field === 'event') {
    const name = utf8(raw, start, end)
    if (name === '') delete fields.name
    else fields.name = name
  } else if (field === 'id') {
    const id = utf8(raw, start, end)
    if (!id.includes('\0')) fields.id = id
  } else if (field === 'retry') {
    const retry = ascii(raw, start, end)
    if (/^\d+$/.test(retry)) fields.retryMs = Number(retry)
  }
}

function joinData(raw: Uint8Array, spans: readonly { start: number; end: number }[]): Uint8Array {
  const [only] = spans
  if (only !== undefined && spans.length === 1) return raw.subarray(only.start, only.end)
  const lines = spans.flatMap(({ start, end }) => [lineFeed, raw.subarray(start, end)])
  return Buffer.concat(lines.slice(1))
}

/**
 * Returns the raw event with other data and otherwise unchanged bytes. Data of several lines replaces the
 * first data line.
 */
export function replaceData(raw: Uint8Array, event: ServerEvent, data: Uint8Array): Uint8Array {
  const [first, ...others] = event.dataSpans
  if (first === undefined) return raw
  const parts = [raw.subarray(0, first.start), asDataLines(data)]
  let at = first.end
  for (const { start, end } of others) {
    // The line begins at the end of the previous line.
    let lineStart = start
    while (lineStart > at && raw[lineStart - 1] !== 0x0a && raw[lineStart - 1] !== 0x0d) lineStart--
    parts.push(raw.subarray(at, lineStart))
    at = raw[end] === 0x0d && raw[end + 1] === 0x0a ? end + 2 : end + 1
  }
  parts.push(raw.subarray(at))
  return Buffer.concat(parts)
}

/** One event, ready to send. */
export function encodeEvent(event: { data: string; name?: string }): string {
  const name = event.name === undefined ? '' : `event: ${event.name}\n`
  return `${name}data: ${event.data.replace(/\r\n|\r|\n/g, '\ndata: ')}\n\n`
}

const lineFeed = new Uint8Array([0x0a])

function asDataLines(data: Uint8Array): Uint8Array {
  return data.includes(0x0a) ? Buffer.from(utf8(data, 0, data.length).replaceAll('\n', '\ndata: ')) : data
}

function lineEnd(raw: Uint8Array, at: number): number {
  const lineFeed = raw.indexOf(0x0a, at)
  const end = lineFeed < 0 ? raw.length : lineFeed
  const carriageReturn = raw.subarray(at, end).indexOf(0x0d)
  return carriageReturn < 0 ? end : at + carriageReturn
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1')
}

function utf8(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
