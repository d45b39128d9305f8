// The secrets under which handles and what the gateway keeps are sealed: one a line in a file of the data
// folder, newest first, made at the first start; or in `$GATEHOUSE_HANDLE_KEYS`, for several nodes that open
// each other's. The first seals, all open.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileName = 'handle.keys'
const shortest = 32

/**
 * @param configured secrets parted by blanks or commas; those of the file still open behind them
 * @param makeSecret 32 bytes of chance as text
 * @throws Error naming the file or the variable when a secret is not usable
 */
export function handleSecrets(
  folder: string,
  configured: string | undefined,
  makeSecret: () => string,
): readonly string[] {
  const told = (configured ?? '').split(/[\s,]+/).filter((secret) => secret !== '')
  if (told.some((secret) => secret.length < shortest)) {
    throw new Error(
      `a secret in GATEHOUSE_HANDLE_KEYS is shorter than ${shortest} characters; make one with: openssl rand -hex 32`,
    )
  }
  const path = join(folder, fileName)
  if (told.length === 0) make(folder, path, makeSecret)
  return [...told, ...(existsSync(path) ? read(path) : [])]
}

function make(folder: string, path: string, makeSecret: () => string): void {
  if (existsSync(path)) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(path, `${makeSecret()}\n`, { mode: 0o600, flag: 'wx' })
}

function read(path: string): string[] {
  const secrets = readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (secrets.length === 0 || secrets.some((secret) => secret.length < shortest)) {
    throw new Error(
      `the file ${path} does not hold a secret of at least ${shortest} characters in each line (is it cut off?); restore it from a backup, or remove it: what is kept under it is lost then`,
    )
  }
  chmodSync(path, 0o600)
  return secrets
}
