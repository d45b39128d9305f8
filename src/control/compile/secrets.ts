// Secrets of the configuration: kept as references or ciphertext; opened only for keys and the admin key, of
// which the hash is kept.

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

/** Callers' keys are guessed at from outside: below this they could be found. */
const shortestKey = 16

/** SHA-256 of a caller's key; undefined when there was a mistake, which is then told. */
export function hashOf(compilation: Compilation, secret: Secret, path: Path): string | undefined {
  const text = opened(compilation, secret, path)
  if (text === undefined) return undefined
  if (text.length >= shortestKey && !/\s/.test(text)) return sha256Hex(text)
  const what = text.length < shortestKey ? `shorter than ${shortestKey} characters` : 'not without blanks'
  compilation.problems.add(
    path,
    `the secret is ${what}`,
    'make a long one, for instance with: openssl rand -hex 32',
  )
  return undefined
}

function opened(
  { environment, folder, problems }: Compilation,
  secret: Secret,
  path: Path,
): string | undefined {
  // an unset variable was told when references were read
  if (secret.kind === 'env') return environment[secret.name]
  if (secret.kind === 'literal') return secret.text
  const file = resolve(folder, secret.path)
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    problems.add(
      path,
      `the file "${file}" cannot be read`,
      'check its path and permissions; it holds the secret and nothing else',
    )
    return undefined
  }
}
