// The rules that were last in force, on disk: what a gateway can start on when its configuration cannot be read.
// Keys are there as hashes, secrets as references or ciphertext; whatever was changed since by hand is not taken.

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../kit/id.ts'
import type { Compiled } from './compile.ts'

type Rules = Omit<Compiled, 'tests'>

const fileName = 'snapshot.json'
/** Of the file. One that was written by another Gatehouse may lack what this one needs. */
const format = 4

/** Whole or not at all: written beside, then renamed over. */
export function keepLastGood(folder: string, { snapshot, keys, settings }: Compiled): void {
  const rules = JSON.stringify({ snapshot, keys, settings } satisfies Rules)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, fileName)
  writeFileSync(`${path}.new`, `{"format":${format},"version":"${snapshot.version}","sha256":"${sha256Hex(rules)}","rules":${rules}}\n`, {
    mode: 0o600,
  })
  renameSync(`${path}.new`, path)
}

/** @param folder the data folder @returns undefined when there is none, or it is damaged, or of another format */
export function lastGood(folder: string): Compiled | undefined {
  try {
    const data: unknown = JSON.parse(readFileSync(join(folder, fileName), 'utf8'))
    if (typeof data !== 'object' || data === null || !('rules' in data) || !('format' in data) || !('sha256' in data)) return undefined
    const { rules } = data
    if (data.format !== format || data.sha256 !== sha256Hex(JSON.stringify(rules)) || !isRules(rules)) return undefined
    // the folder may have been moved since
    return { ...rules, settings: { ...rules.settings, data: folder }, tests: [] }
  } catch {
    return undefined
  }
}

/** The hash says that we wrote it; this only tells the compiler. */
const isRules = (rules: unknown): rules is Rules =>
  typeof rules === 'object' && rules !== null && 'snapshot' in rules && 'keys' in rules && 'settings' in rules
