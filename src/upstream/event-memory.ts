// Limits the memory for unfinished events of all streams together. One event may have 32 MB, but a thousand streams
// with such events must not.

import { GatewayError } from '../contract/errors.ts'
import type { EventMemory } from '../contract/upstream.ts'

export function createEventMemory(limitBytes = 256 * 1024 * 1024): EventMemory {
  let taken = 0
  return {
    take(bytes) {
      if (taken + bytes > limitBytes) throw full(limitBytes)
      taken += bytes
    },
    giveBack: (bytes) => void (taken -= bytes),
  }
}

const full = (limit: number) =>
  new GatewayError(
    'overloaded',
    `The gateway already holds the maximum bytes of unfinished events (${limit}); try again in a moment.`,
    {
      retryAfterSeconds: 1,
    },
  )
