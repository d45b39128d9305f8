// Finds out whether a response is an event stream or a whole response. Servers and proxies mislabel both, so
// the first bytes decide. The content type decides only if the bytes are inconclusive. Used for responses in
// their own dialect and for translations.

import type { ByteSource, UpstreamResponse } from '../../contract/upstream.ts'

export type Form = 'events' | 'whole'

/** A field or comment of server-sent events, JSON, something else, or only white space. */
export type Beginning = Form | 'other' | 'nothing'

export function beginningOf(bytes: Uint8Array): Beginning {
  const text = trimmed(bytes)
  if (text === '') return 'nothing'
  if (text.startsWith('{') || text.startsWith('[')) return 'whole'
  return /^(?::|(?:data|event|id|retry)(?:[:\r\n]|$))/.test(text) ? 'events' : 'other'
}

/** The deciding bytes, after a byte order mark and white space. */
const trimmed = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, Math.min(byteLength, longestSpace))
    .toString('latin1')
    .replace(/^(?:\xef\xbb\xbf)?\s*/, '')

const longestSpace = 1024
const longestField = 'event:'.length

export const typeOf = ({ headers }: Pick<UpstreamResponse, 'headers'>): string =>
  (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

export const isJsonType = (type: string): boolean => /[/+]json$/.test(type)

/**
 * How a body begins, and a source that yields the bytes read so far and then the rest. @throws what the
 * source throws
 */
export async function peek(source: ByteSource): Promise<{ beginning: Beginning; source: ByteSource }> {
  let first: Uint8Array | undefined
  for (;;) {
    const chunk = await source.next()
    if (chunk) first = first ? Buffer.concat([first, chunk]) : chunk
    const beginning = first ? beginningOf(first) : 'nothing'
    // Chunks are cut anywhere: white space and half a field name are inconclusive.
    const isOpen =
      beginning === 'nothing' ||
      (beginning === 'other' && first !== undefined && trimmed(first).length < longestField)
    if (chunk && isOpen && (first?.length ?? 0) < longestSpace) continue
    return { beginning, source: first ? prefixed(first, source) : source }
  }
}

function prefixed(first: Uint8Array, source: ByteSource): ByteSource {
  let given: Uint8Array | undefined = first
  return {
    next() {
      if (given === undefined) return source.next()
      const chunk = Promise.resolve(given)
      given = undefined
      return chunk
    },
    cancel: () => source.cancel(),
  }
}

export function oneChunk(bytes: Uint8Array): ByteSource {
  let rest: Uint8Array | undefined = bytes
  return {
    async next() {
      const next = rest
      rest = undefined
      return next
    },
    async cancel() {
      rest = undefined
    },
  }
}

/** @throws GatewayError as the source does. The source is then canceled */
export async function collect(source: ByteSource): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  try {
    for (let part = await source.next(); part; part = await source.next()) parts.push(part)
  } catch (thrown) {
    await source.cancel()
    throw thrown
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
}

/** A response whose bytes are all in memory. */
export const wholeOf = ({ status, headers }: UpstreamResponse, bytes: Uint8Array): UpstreamResponse => ({
  status,
  headers,
  body: oneChunk(bytes),
  bytes: async () => bytes,
})
