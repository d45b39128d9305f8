// A response without what we authenticated with.

import type { ByteSource, UpstreamResponse } from '../contract/upstream.ts'
import { type Echo, shortestAnywhere } from './echo.ts'
import { trailOf } from './trail.ts'

/** @param onEcho called for each piece of the response that had it */
export function unsaid(response: UpstreamResponse, echo: Echo, onEcho: () => void): UpstreamResponse {
  const { headers } = response
  const named = [...headers].flatMap(([name, value]) => (echo.isIn(value) ? [name] : []))
  for (const name of named) headers.delete(name)
  if (named.length > 0) onEcho()
  const clean = (bytes: Uint8Array) => {
    const kept = echo.without(bytes)
    if (kept !== bytes) onEcho()
    return kept
  }
  return {
    status: response.status,
    memory: response.memory,
    headers,
    body: cleanSource(response.body, echo, clean),
    bytes: async (limitBytes) => clean(await response.bytes(limitBytes)),
    trail: trailOf(
      echo.secrets.filter(({ length }) => length >= shortestAnywhere),
      onEcho,
    ),
  }
}

function cleanSource(body: ByteSource, echo: Echo, clean: (bytes: Uint8Array) => Uint8Array): ByteSource {
  let waiting: Uint8Array | undefined
  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const piece = await body.next()
      const given = waiting
      waiting = undefined
      if (piece === undefined) return given
      const kept = clean(given ? Buffer.concat([given, piece]) : piece)
      const open = echo.openAt(kept)
      if (open === 0) return kept
      waiting = kept.subarray(kept.length - open)
      if (open < kept.length) return kept.subarray(0, kept.length - open)
    }
  }
  return { next, cancel: () => body.cancel() }
}
