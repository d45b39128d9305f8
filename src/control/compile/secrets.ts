// Secrets of the configuration are kept as references or ciphertext. Only callers' keys and the admin key are
// read here, and only their hashes are kept.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { SecretRef } from '../../contract/snapshot.ts'
import { sha256Hex } from '../../kit/id.ts'
import type { Path } from '../config/problem.ts'
import type { Secret } from '../config/secret.ts'
import type { Compilation } from './compilation.ts'

export function secretRef({ folder, seal }: Compilation, secret: Secret): SecretRef {
  if (secret.kind === 'env') return { kind: 'env', name: secret.name }
  if (secret.kind === 'file') return { kind: 'file', path: resolve(folder, secret.path) }
  return { kind: 'sealed', sealed: seal(secret.text) }
}

/** Attackers can guess at callers' keys, and could find shorter ones. */
const shortestKey = 16

/** @returns the SHA-256 of a caller's key; undefined after a mistake, which is added to the problems */
export function hashOf(compilation: Compilation, secret: Secret, path: Path): string | undefined {
  const text = readSecret(compilation, secret, path)
  if (text === undefined) return undefined
  if (text.length >= shortestKey && !/\s/.test(text)) return sha256Hex(text)
  const what = text.length < shortestKey ? `is shorter than ${shortestKey} characters` : 'contains blanks'
  compilation.problems.add(
    path,
    `the secret ${what}`,
    'create a long one, for instance with: openssl rand -hex 32',
  )
  return undefined
}

function readSecret(
  { environment, folder, problems }: Compilation,
  secret: Secret,
  path: Path,
): string | undefined {
  // An unset variable was reported when references were substituted.
  if (secret.kind === 'env') return environment[secret.name]
  if (secret.kind === 'literal') return secret.text
  const file = resolve(folder, secret.path)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    problems.add(
      path,
      `the file "${file}" cannot be read`,
      'check its path and permissions; it must contain only the secret',
    )
    return undefined
  }
}
