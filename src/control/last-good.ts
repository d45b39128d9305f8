// Stores the last active rules on disk. A gateway can start with them if its configuration has mistakes. Keys are
// stored as hashes, secrets as references or ciphertext. A file that was changed by hand is refused.

import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from '../kit/id.ts'
import { type Compiled, createCompiled } from './compile.ts'

type Kept = Pick<Compiled, 'rules' | 'settings'>

const fileName = 'snapshot.json'
/** The format of the file. The file of another build may lack members that this build needs. */
const format = 5

/** Writes the file atomically: a new file first, then a rename over the old one. */
export async function writeLastGood(folder: string, { rules, rulesText, settings }: Compiled): Promise<void> {
  const settingsText = JSON.stringify(settings)
  const head = `{"format":${format},"version":"${rules.snapshot.version}","sha256":"${sha256Hex(rulesText + settingsText)}"`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, fileName)
  await writeFile(`${path}.new`, `${head},"rules":${rulesText},"settings":${settingsText}}\n`, {
    mode: 0o600,
  })
  await rename(`${path}.new`, path)
}

/** `why` is the reason why there are no rules to start with. */
export type LastGood = { compiled: Compiled; why?: undefined } | { compiled?: undefined; why: string }

/** @param folder the data folder */
export function readLastGood(folder: string): LastGood {
  const path = join(folder, fileName)
  if (!existsSync(path)) return { why: `there are no last good rules in ${folder}` }
  const data = parseFile(path)
  if (typeof data !== 'object' || data === null || !('format' in data)) return damaged(path)
  if (data.format !== format)
    return {
      why: `the last good rules in ${path} were written by another build (format ${String(data.format)}, not ${format})`,
    }
  if (!('sha256' in data) || !isKept(data)) return damaged(path)
  const { rules, settings } = data
  if (data.sha256 !== sha256Hex(JSON.stringify(rules) + JSON.stringify(settings))) return damaged(path)
  // The folder may have been moved since.
  return { compiled: createCompiled(rules, { ...settings, data: folder }, []) }
}

const damaged = (path: string): LastGood => ({
  why: `the last good rules in ${path} are damaged or were changed by hand`,
})

function parseFile(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** The hash proves that we wrote it. This check is only for the compiler. */
const isKept = (data: object): data is Kept => 'rules' in data && 'settings' in data
