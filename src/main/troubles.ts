// What went wrong behind the calls and stays wrong until somebody looks: for the warnings of /readyz. One
// message a kind, so its size has a bound.

import type { DrainEvent } from '../contract/drain.ts'

export interface Troubles {
  note(event: { kind: string; message: string }): void
  /** Does the store answer the drain? */
  isStoreDown(): boolean
  list(): readonly string[]
}

/**
 * Those that a good turn ends are taken back by `store-back`; the others wait for a person, and a restart.
 */
const lasting: ReadonlySet<string> = new Set<DrainEvent['kind']>([
  'record-rejected',
  'money-rejected',
  'line-unreadable',
  'segment-unreadable',
])
const passing: ReadonlySet<string> = new Set<DrainEvent['kind']>(['drain-failed'])

/** @param recovered why the journal of the last run proves nothing, if so */
export function troubles(recovered: () => string | undefined): Troubles {
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
