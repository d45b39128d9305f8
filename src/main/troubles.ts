// Lasting problems in the background, for the warnings of /readyz. It keeps one message per kind, so its size is
// limited.

import type { DrainEvent } from '../contract/drain.ts'

export interface Troubles {
  note(event: { kind: string; message: string }): void
  /** Is the store not responding to the drain? */
  isStoreDown(): boolean
  list(): readonly string[]
}

/** These stay until an administrator acts and restarts. */
const lasting: ReadonlySet<string> = new Set<DrainEvent['kind']>([
  'record-rejected',
  'money-rejected',
  'line-unreadable',
  'segment-unreadable',
])
/** `store-back` removes these. */
const passing: ReadonlySet<string> = new Set<DrainEvent['kind']>(['drain-failed'])

/** @param recovered returns why the journal of the last run is not evidence, if it is not */
export function createTroubles(recovered: () => string | undefined): Troubles {
  const kept = new Map<string, string>()
  let isStoreDown = false
  return {
    note({ kind, message }) {
      if (kind === 'store-down') isStoreDown = true
      if (kind === 'store-back') {
        isStoreDown = false
        for (const name of passing) kept.delete(name)
      }
      if (lasting.has(kind) || passing.has(kind)) kept.set(kind, message)
    },
    isStoreDown: () => isStoreDown,
    list() {
      const reason = recovered()
      return [...(reason === undefined ? [] : [reason]), ...kept.values()]
    },
  }
}
