// How long drained segments are kept: a day, and no more bytes than allowed.

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
 * Never deletes the segment that the ledger names, or a later one: a chain that begins there is what proves
 * the journal.
 * @param below the ledger's segment @param now ms since the epoch
 */
export function deleteOld(
  folder: string,
  below: number,
  now: number,
  { keepMs, keepBytes }: Retention,
): void {
  let kept = 0
  // newest first: the oldest go when there are too many bytes
  const names = readdirSync(folder).filter(
    (name) => name.endsWith('.drained') && (segmentNumber(name) ?? Infinity) < below,
  )
  for (const name of names.sort().toReversed()) {
    const path = join(folder, name)
    try {
      // renaming is what touched the file last, so this is when it was drained
      const { ctimeMs, size } = statSync(path)
      kept += size
      if (kept > keepBytes || now - ctimeMs > keepMs) rmSync(path, { force: true })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
}
