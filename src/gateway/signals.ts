// Signals on one node: each signal reaches every listener synchronously.

import type { Signal, Signals } from '../contract/signals.ts'

export function createSignals(): Signals {
  const listeners = new Set<(signal: Signal) => void>()
  return {
    send(signal) {
      for (const receive of listeners) receive(signal)
    },
    listen(receive) {
      listeners.add(receive)
      return () => void listeners.delete(receive)
    },
  }
}
