// The format of the data folder, so that no build misreads it. Format 1 had no file: its journal and its store are
// read as they are, the store is migrated when it is opened (storage/sqlite/schema.ts), and old journal segments
// are translated when they are drained (gateway/record/upgrade.ts).

import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatVersion } from '../gateway/record/index.ts'

/**
 * Call it with the folder locked, before reading anything in it.
 * @throws Error if a newer Gatehouse wrote it
 */
export function checkFormat(folder: string): void {
  const format = formatOf(join(folder, 'format.json'))
  if (format > formatVersion) {
    throw new Error(
      `the data folder ${folder} has format ${format}, and this Gatehouse reads up to ${formatVersion}; start the version that wrote it, ` +
        'or move the folder away to start with an empty one; that version exports its records with "gatehouse records list --json"',
    )
  }
}

/** Call it after the folder was migrated. */
export function writeFormat(folder: string): void {
  const path = join(folder, 'format.json')
  if (formatOf(path) === formatVersion) return
  writeFileSync(`${path}.new`, JSON.stringify({ format: formatVersion }), { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}

/** @returns 1 without such a file */
function formatOf(path: string): number {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 1
    throw error
  }
  const format = Number(/^\{"format":(\d+)\}\s*$/.exec(text)?.[1])
  if (Number.isNaN(format))
    throw new Error(
      `${path} cannot be read: it must hold {"format":${formatVersion}}; restore it from a backup`,
    )
  return format
}
