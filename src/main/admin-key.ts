// The key of the admin API: the configured one, or one that is made at the first start, printed once and kept as a hash.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newSecret, sha256Hex } from '../kit/id.ts'

export interface AdminKey {
  /** SHA-256, hex. */
  sha256: string
  /** Only on the start that made it. */
  secret?: string
}

/** @param folder the data folder @param configured the secret of `admin.key`, if there is one */
export function adminKey(folder: string, configured: string | undefined): AdminKey {
  if (configured !== undefined) return { sha256: sha256Hex(configured) }
  const path = join(folder, 'admin.json')
  if (existsSync(path)) return { sha256: readHash(path) }
  const secret = newSecret('gha')
  const made = { sha256: sha256Hex(secret) }
  writeFileSync(path, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: 'wx' })
  return { ...made, secret }
}

function readHash(path: string): string {
  const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof found === 'object' && found !== null && 'sha256' in found && typeof found.sha256 === 'string' && /^[0-9a-f]{64}$/.test(found.sha256))
    return found.sha256
  throw new Error(`${path} does not hold the hash of an admin key; remove it to have a new key made, or set admin.key`)
}
