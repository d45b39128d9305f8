// How long drained segments are kept: a day, and no more bytes than allowed.

import { readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { isGone } from './segments.ts'

export interface Retention {
  /** After draining. */
  keepMs: number
  keepBytes: number
}

/** @param now ms since the epoch */
export function deleteOld(folder: string, now: number, { keepMs, keepBytes }: Retention): void {
  let kept = 0
  // newest first: the oldest go when there are too many bytes
  const names = readdirSync(folder).filter((name) => name.endsWith('.drained'))
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
