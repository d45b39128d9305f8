// An answer that is kept, on its way to the client: behind the guards, so that what is kept is what the
// client saw. Of a stream only the events that hold the whole response are read (its beginning and its end);
// the others pass after one search for the name.

import type { GatewayResponse } from '../../../../../contract/gate.ts'
import { JsonFault } from '../../../../../kit/json-fault.ts'
import { readEvent, replaceData } from '../../../../../kit/sse.ts'
import { EventSplitter } from '../../../../../kit/sse-splitter.ts'
import { retold } from './retell.ts'
import type { Retelling, Retold } from './retell.ts'

/** @param keep called at most once, before the last bytes go out, for an answer that came to its end */
export function captured(
  governed: GatewayResponse,
  told: Retelling,
  keep: (response: Uint8Array) => void,
): GatewayResponse {
  if (governed.status !== 200) return governed
  const { exchange, status, headers, isStream } = governed
  let isKept = false

  function whole(bytes: Buffer): Uint8Array {
    const response = reading(() => retold(bytes, told))
    if (!response) return bytes
    keepEnded(response)
    return response.data
  }

  /** The gate gives whole events. */
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
    const response = data && reading(() => retold(data, told, 'response'))
    if (!response) return raw
    keepEnded(response)
    return replaceData(raw, read, response.data)
  }

  function keepEnded({ status, response }: Retold): void {
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
      const said = await governed.next()
      if (said === undefined) return said
      const bytes =
        typeof said === 'string' ? Buffer.from(said) : Buffer.from(said.buffer, said.byteOffset, said.length)
      if (!isStream) return whole(bytes)
      return bytes.includes(name) ? events(bytes) : said
    },
    cancel: () => governed.cancel(),
  }
}

/** As a key it stands in events that hold the response. */
const name = Buffer.from('"response"')

/** How an answer ends that can be gone on from. What failed or was cut is not kept. */
const ended: ReadonlySet<string> = new Set(['completed', 'incomplete'])

function reading<Result>(read: () => Result): Result | undefined {
  try {
    return read()
  } catch (thrown) {
    // What is no JSON was judged by others; there is nothing to keep of it.
    if (thrown instanceof JsonFault) return undefined
    throw thrown
  }
}
