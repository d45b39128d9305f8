// Substitutes for ids that a vendor would refuse. The same id always gets the same substitute, so that calls
// and results, users and cache keys still match.

import { sha256Hex } from '../../../kit/id.ts'
import type { IdLimit } from '../losses/index.ts'

const digestLength = 16

export function substituteId(id: string, limit: IdLimit | null | undefined): string {
  if (!limit || isTaken(id, limit)) return id
  const { longest, isOpaque = false } = limit
  if (isOpaque || longest <= digestLength) return sha256Hex(id).slice(0, longest)
  const plain = escaped(id)
  if (isTaken(plain, limit)) return plain
  return `${plain.slice(0, longest - digestLength - 1)}_${sha256Hex(id).slice(0, digestLength)}`
}

const isTaken = (id: string, { longest, allowed }: IdLimit) =>
  id !== '' && id.length <= longest && (!allowed || allowed.test(id))

/** Letters, digits, `_` and `-`, which every vendor takes. */
const escaped = (id: string) =>
  id === '' ? '_' : id.replace(/[^\w-]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)
