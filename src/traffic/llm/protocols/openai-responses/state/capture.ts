// Keeps an answer on its way to the client, as the client sees it: behind the guards. Reads nothing but the event that ends the answer.

import type { Governed } from '../../../../../contract/traffic.ts'
import { readEvent } from '../../../../../kit/sse.ts'
import { EventSplitter } from '../../../../../kit/sse-splitter.ts'
import { isObject, objectIn, textIn, wordIn } from '../../../canonical/index.ts'
import type { Json, JsonObject } from '../../../canonical/index.ts'

/** @param keep called at most once, before the last bytes go out */
export function captured(governed: Governed, keep: (id: string, response: string) => void): Governed {
  if (governed.status !== 200) return governed
  const { exchange, status, headers, isStream } = governed
  const parts: Buffer[] = []

  function look(bytes: Buffer): void {
    if (!isStream) parts.push(bytes)
    else if (endings.some((type) => bytes.includes(type))) keepFrom(endOf(bytes))
  }

  function keepFrom(response: JsonObject | undefined): void {
    const id = wordIn(response?.['id'])
    if (response && id !== undefined && endings.includes(`response.${textIn(response['status'])}`)) keep(id, JSON.stringify(response))
  }

  return {
    exchange,
    status,
    headers,
    isStream,
    async next() {
      const bytes = await governed.next()
      if (bytes !== undefined) look(typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
      else if (!isStream) keepFrom(objectOf(Buffer.concat(parts)))
      return bytes
    },
    cancel: () => governed.cancel(),
  }
}

const endings = ['response.completed', 'response.incomplete']

/** The gate gives whole events. */
function endOf(bytes: Buffer): JsonObject | undefined {
  const splitter = new EventSplitter(bytes.length + 1)
  for (const batch of [splitter.push(bytes), splitter.end()]) {
    let start = 0
    for (const end of batch?.ends ?? []) {
      const data = batch && readEvent(batch.bytes.subarray(start, end)).data
      start = end
      const event = data && objectOf(Buffer.from(data))
      if (event && endings.includes(textIn(event['type']) ?? '')) return objectIn(event['response'])
    }
  }
  return undefined
}

function objectOf(bytes: Buffer): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(bytes.toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    // What is no JSON was judged by others; there is nothing to keep of it.
    return undefined
  }
}
