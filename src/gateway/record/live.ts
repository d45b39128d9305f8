// Sends closed records to `gatehouse tail` as they happen. It is in memory only; the journal is
// authoritative.

import type { ExchangeRecord } from '../../contract/record.ts'

export type LiveItem =
  | { kind: 'record'; record: ExchangeRecord }
  | { kind: 'missed' /** Records that the listener was too slow for. */; count: number }

export interface Live {
  publish(record: ExchangeRecord): void
  /** Ends if the signal aborts. */
  subscribe(signal: AbortSignal): AsyncGenerator<LiveItem, void, undefined>
  listeners(): number
}

interface Listener {
  queue: ExchangeRecord[]
  missed: number
  ring: () => void
}

/** @param capacity the most records that wait for a slow listener. Beyond it the oldest are dropped. */
export function live(capacity = 1_000): Live {
  const listeners = new Set<Listener>()
  return {
    publish(record) {
      for (const listener of listeners) {
        if (listener.queue.length >= capacity) {
          listener.queue.shift()
          listener.missed += 1
        }
        listener.queue.push(record)
        listener.ring()
      }
    },
    subscribe(signal) {
      // listens from the call of this function, not from the first pull
      const listener: Listener = { queue: [], missed: 0, ring: () => {} }
      if (!signal.aborted) listeners.add(listener)
      const leave = () => {
        listeners.delete(listener)
        listener.ring()
      }
      signal.addEventListener('abort', leave, { once: true })
      return items(listener, signal, leave)
    },
    listeners: () => listeners.size,
  }
}

async function* items(
  listener: Listener,
  signal: AbortSignal,
  leave: () => void,
): AsyncGenerator<LiveItem, void, undefined> {
  try {
    while (!signal.aborted) {
      if (listener.missed > 0) {
        const count = listener.missed
        listener.missed = 0
        yield { kind: 'missed', count }
      }
      const record = listener.queue.shift()
      if (record) yield { kind: 'record', record }
      else if (!signal.aborted) await new Promise<void>((resolve) => (listener.ring = resolve))
    }
  } finally {
    leave()
    signal.removeEventListener('abort', leave)
  }
}
