// Keeps a response on its way to the client, after the guards, so that the kept response is the one that the
// client saw. In a stream, only the events with the whole response are read (its beginning and its end).
// Other events pass after one search for the name.

import type { GatewayResponse } from '../../../../../contract/gate.ts'
import { JsonFault } from '../../../../../kit/json-fault.ts'
import { readEvent, replaceData } from '../../../../../kit/sse.ts'
import { EventSplitter } from '../../../../../kit/sse-splitter.ts'
import { rewriteResponse } from './rewrite.ts'
import type { ResponseRewrite, RewrittenResponse } from './rewrite.ts'

/** @param keep called at most once, before the last bytes leave, for a response that ended */
export function captureResponse(
  governed: GatewayResponse,
  rewrite: ResponseRewrite,
  keep: (response: Uint8Array) => void,
): GatewayResponse {
  if (governed.status !== 200) return governed
  const { exchange, status, headers, isStream } = governed
  let isKept = false

  function whole(bytes: Buffer): Uint8Array {
    const response = tolerateInvalidJson(() => rewriteResponse(bytes, rewrite))
    if (!response) return bytes
    keepEnded(response)
    return response.data
  }

  /** The gate passes on complete events. */
  function events(bytes: Buffer): Uint8Array {
    const splitter = new EventSplitter(bytes.length + 1)
    const parts: Uint8Array[] = []
    for (const batch of [splitter.push(bytes), splitter.end()]) {
      let start = 0
      for (const end of batch?.ends ?? []) {
        if (batch) parts.push(event(Buffer.from(batch.bytes.subarray(start, end))))
        start = end
      }
    }
    return Buffer.concat(parts)
  }

  function event(raw: Buffer): Uint8Array {
    if (!raw.includes(name)) return raw
    const read = readEvent(raw)
    const { data } = read
    const response = data && tolerateInvalidJson(() => rewriteResponse(data, rewrite, 'response'))
    if (!response) return raw
    keepEnded(response)
    return replaceData(raw, read, response.data)
  }

  function keepEnded({ status, response }: RewrittenResponse): void {
    if (isKept || status === undefined || !ended.has(status)) return
    isKept = true
    keep(response)
  }

  return {
    exchange,
    status,
    headers,
    isStream,
    async next() {
      const chunk = await governed.next()
      if (chunk === undefined) return chunk
      const bytes =
        typeof chunk === 'string'
          ? Buffer.from(chunk)
          : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
      if (!isStream) return whole(bytes)
      return bytes.includes(name) ? events(bytes) : chunk
    },
    cancel: () => governed.cancel(),
  }
}

/** The key of events that hold the response. */
const name = Buffer.from('"response"')

/**
 * The status of responses that a later request can continue. Responses that failed or were cut are not kept.
 */
const ended: ReadonlySet<string> = new Set(['completed', 'incomplete'])

function tolerateInvalidJson<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (thrown) {
    // Other code reports invalid JSON. Such a response is not kept.
    if (thrown instanceof JsonFault) return undefined
    throw thrown
  }
}
