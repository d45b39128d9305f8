// Keeps the list of targets that were billed above their bound. They stay barred from hard budgets after a
// restart, until an administrator pardons them.

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../kit/log.ts'

export interface BarredFile {
  read(): readonly string[]
  /** Never throws. If the list cannot be written, the log reports it, and the list applies until the restart. */
  write(barred: readonly string[]): void
}

export function openBarredFile(folder: string, log: Log): BarredFile {
  const path = join(folder, 'barred.json')
  return {
    read() {
      if (!existsSync(path)) return []
      const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
      if (Array.isArray(found) && found.every((target) => typeof target === 'string')) return found
      throw new Error(
        `${path} does not contain a list of targets; check the records for "isBoundBroken", then remove it`,
      )
    },
    write(barred) {
      try {
        writeFileSync(`${path}.new`, `${JSON.stringify(barred)}\n`, { mode: 0o600 })
        renameSync(`${path}.new`, path)
      } catch (thrown) {
        log.error('the list of barred targets could not be written', {}, thrown)
      }
    },
  }
}
