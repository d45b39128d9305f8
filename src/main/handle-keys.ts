// The secrets that encrypt handles and kept responses. They are in a file of the data folder, one per line, the
// newest first; the first start creates it. With `$GATEHOUSE_HANDLE_KEYS` several nodes can share secrets. The
// first secret encrypts, and all of them decrypt.

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const fileName = 'handle.keys'
const shortest = 32

/**
 * @param configured secrets separated by blanks or commas; the secrets of the file still decrypt
 * @param makeSecret returns 32 random bytes as text
 * @throws Error with the name of the file or the variable if a secret is not usable
 */
export function readHandleSecrets(
  folder: string,
  configured: string | undefined,
  makeSecret: () => string,
): readonly string[] {
  const fromVariable = (configured ?? '').split(/[\s,]+/).filter((secret) => secret !== '')
  if (fromVariable.some((secret) => secret.length < shortest)) {
    throw new Error(
      `a secret in GATEHOUSE_HANDLE_KEYS is shorter than ${shortest} characters; create one with: openssl rand -hex 32`,
    )
  }
  const path = join(folder, fileName)
  if (fromVariable.length === 0) make(folder, path, makeSecret)
  return [...fromVariable, ...(existsSync(path) ? read(path) : [])]
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
      `the file ${path} does not hold a secret of at least ${shortest} characters in each line (is it cut off?); restore it from a backup, or remove it: the responses that it encrypts are then lost`,
    )
  }
  chmodSync(path, 0o600)
  return secrets
}
