// Drained segments are kept for a day, up to a limit of bytes.

import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { segmentNumber } from './journal-format.ts'
import { isGone } from './segments.ts'

export interface Retention {
  /** After draining. */
  keepMs: number
  keepBytes: number
}

/**
 * Never deletes the ledger's segment or a later one, because the chain that proves the journal begins there.
 * @param below the ledger's segment @param now ms since the epoch
 */
export function deleteOld(
  folder: string,
  below: number,
  now: number,
  { keepMs, keepBytes }: Retention,
): void {
  let kept = 0
  // newest first, because the oldest are deleted if there are too many bytes
  const names = readdirSync(folder).filter(
    (name) => name.endsWith('.drained') && (segmentNumber(name) ?? Infinity) < below,
  )
  for (const name of names.sort().toReversed()) {
    const path = join(folder, name)
    try {
      // the rename was the last change of the file, so this is the time of its drain
      const { ctimeMs, size } = statSync(path)
      kept += size
      if (kept > keepBytes || now - ctimeMs > keepMs) rmSync(path, { force: true })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}
