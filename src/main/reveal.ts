// The clear text behind a secret's reference. Only here do environment, files and the installation's key
// meet.

import { readFileSync, statSync } from 'node:fs'
import type { SecretRef } from '../contract/snapshot.ts'
import type { SecretBox } from '../control/index.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** @returns undefined when there is nothing behind it; the caller words that */
export function reveal(env: Environment, box: SecretBox): (ref: SecretRef) => string | undefined {
  const files = new Map<string, { stamp: string; text: string }>()
  const sealed = new Map<string, string | undefined>()

  function fromFile(path: string): string | undefined {
    try {
      // Rotated secrets are mounted under the same name: the stamp tells a new one from the old without
      // reading it on each call.
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
