// The rules that were last in force, on disk: what a gateway can start on when its configuration cannot be
// read. Keys are there as hashes, secrets as references or ciphertext; whatever was changed since by hand is
// not taken.

import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from '../kit/id.ts'
import { type Compiled, createCompiled } from './compile.ts'

type Kept = Pick<Compiled, 'rules' | 'settings'>

const fileName = 'snapshot.json'
/** Of the file. One that was written by another build may lack what this one needs. */
const format = 5

/** Whole or not at all: written next to the old file, then renamed over it. */
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

/** `why`: there is none to start on. */
export type LastGood = { compiled: Compiled; why?: undefined } | { compiled?: undefined; why: string }

/** @param folder the data folder */
export function readLastGood(folder: string): LastGood {
  const path = join(folder, fileName)
  if (!existsSync(path)) return { why: `there are no last good rules in ${folder}` }
  const data = parsed(path)
  if (typeof data !== 'object' || data === null || !('format' in data)) return damaged(path)
  if (data.format !== format)
    return {
      why: `the last good rules in ${path} were written by another build (format ${String(data.format)}, not ${format})`,
    }
  if (!('sha256' in data) || !isKept(data)) return damaged(path)
  const { rules, settings } = data
  if (data.sha256 !== sha256Hex(JSON.stringify(rules) + JSON.stringify(settings))) return damaged(path)
  // the folder may have been moved since
  return { compiled: createCompiled(rules, { ...settings, data: folder }, []) }
}

const damaged = (path: string): LastGood => ({
  why: `the last good rules in ${path} are damaged or were changed by hand`,
})

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** The hash says that we wrote it; this only tells the compiler. */
const isKept = (data: object): data is Kept => 'rules' in data && 'settings' in data
