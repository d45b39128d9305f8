// The file of what callers may refer to. Its troubles cost a comfort, never a call: they are logged, and
// /readyz does not mind.

import { existsSync } from 'node:fs'
import type { KeptStore } from '../contract/stores.ts'
import type { Clock } from '../kit/clock.ts'
import type { Log } from '../kit/log.ts'
import { openSqliteKept } from '../storage/sqlite/index.ts'

export interface KeptFile {
  store: KeptStore
  /** Is there something of an earlier run? */
  isUsed: boolean
}

export function keptFile(path: string, { clock, log }: { clock: Clock; log: Log }): KeptFile {
  const report = ({ message }: { message: string }) => log.warn(message, { file: 'kept.db' })
  return { isUsed: existsSync(path), store: openSqliteKept({ path, clock, report }) }
}
