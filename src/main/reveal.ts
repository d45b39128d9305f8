// Reads the plain text of a secret's reference. This is the only place that combines the environment, files and
// the installation's key.

import { readFileSync, statSync } from 'node:fs'
import type { SecretRef } from '../contract/snapshot.ts'
import type { SecretBox } from '../control/index.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** @returns a function that returns undefined for a missing secret; its caller writes the message */
export function createReveal(env: Environment, box: SecretBox): (ref: SecretRef) => string | undefined {
  const files = new Map<string, { stamp: string; text: string }>()
  const sealed = new Map<string, string | undefined>()

  function fromFile(path: string): string | undefined {
    try {
      // A rotated secret has the same path. The stamp shows the change without reading the file at each call.
      const { mtimeMs, size, ino } = statSync(path)
      const stamp = `${ino}:${mtimeMs}:${size}`
      const known = files.get(path)
      if (known?.stamp === stamp) return known.text
      const text = readFileSync(path, 'utf8').trim()
      files.set(path, { stamp, text })
      return text || undefined
    } catch {
      return undefined
    }
  }

  return (ref) => {
    if (ref.kind === 'env') return env[ref.name] || undefined
    if (ref.kind === 'file') return fromFile(ref.path)
    if (!sealed.has(ref.sealed)) sealed.set(ref.sealed, box.open(ref.sealed))
    return sealed.get(ref.sealed)
  }
}
