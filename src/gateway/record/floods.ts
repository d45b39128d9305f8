// Refusals of unknown callers are counted, not journaled separately, so that a caller that sends garbage
// cannot fill the disk.

import type { ErrorCode } from '../../contract/errors.ts'
import { errorTable } from '../../contract/errors.ts'
import { type OperationKind, resourceKindOf } from '../../contract/resource.ts'
import type { ExchangeRecord } from '../../contract/record.ts'
import type { Clock, Timer } from '../../kit/clock.ts'

export interface Floods {
  /**
   * Counts one refusal. After ten seconds a single record covers all refusals with the same code and dialect.
   */
  count(code: ErrorCode, dialect: string, kind: OperationKind): void
  /** Writes the counts so far. */
  flush(): void
}

export interface FloodOptions {
  clock: Clock
  newId(): string
  write(record: ExchangeRecord): void
  everyMs?: number
}

interface Count {
  code: ErrorCode
  dialect: string
  kind: OperationKind
  repeats: number
}

export function floods({ clock, newId, write, everyMs = 10_000 }: FloodOptions): Floods {
  // at most codes × dialects × kinds entries
  const counts = new Map<string, Count>()
  let timer: Timer | undefined

  function flush() {
    timer?.cancel()
    timer = undefined
    for (const count of counts.values()) write(summary(count, newId(), clock.now()))
    counts.clear()
  }

  return {
    count(code, dialect, kind) {
      const name = `${code} ${dialect} ${kind}`
      const count = counts.get(name)
      if (count) count.repeats += 1
      else counts.set(name, { code, dialect, kind, repeats: 1 })
      timer ??= clock.after(everyMs, flush)
    },
    flush,
  }
}

const summary = ({ code, dialect, kind, repeats }: Count, id: string, at: number): ExchangeRecord => ({
  id,
  at,
  kind,
  resource: { kind: resourceKindOf[kind], name: '' },
  dialect,
  isStream: false,
  outcome: 'refused',
  status: errorTable[code].status,
  code,
  attempts: [],
  requestBytes: 0,
  replyBytes: 0,
  times: { gateMs: 0, totalMs: 0 },
  repeats,
})
