// The key of the admin API: the configured one, or one that the first start creates, prints once and keeps as a
// hash.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newSecret, sha256Hex } from '../kit/id.ts'

export interface AdminKey {
  /** SHA-256, hex. */
  sha256: string
  /** Only at the start that created it. */
  secret?: string
  /**
   * Stores the new key's hash. Call it only when the key can be shown: after a start that fails in between, no
   * one would know the key.
   */
  keep(): void
}

/**
 * @param folder the data folder
 * @param configured SHA-256 of `admin.key` in hex, if it is set
 */
export function openAdminKey(folder: string, configured: string | undefined): AdminKey {
  if (configured !== undefined) return { sha256: configured, keep: nothing }
  const path = join(folder, 'admin.json')
  if (existsSync(path)) return { sha256: readHash(path), keep: nothing }
  const secret = newSecret('gha')
  const sha256 = sha256Hex(secret)
  return {
    sha256,
    secret,
    keep: () => writeFileSync(path, `${JSON.stringify({ sha256 })}\n`, { mode: 0o600, flag: 'wx' }),
  }
}

const nothing = () => {}

function readHash(path: string): string {
  const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (
    typeof found === 'object' &&
    found !== null &&
    'sha256' in found &&
    typeof found.sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(found.sha256)
  )
    return found.sha256
  throw new Error(
    `${path} does not contain the hash of an admin key; remove it to create a new key, or set admin.key`,
  )
}
