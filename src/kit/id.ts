// Ids and secrets. Only kit knows chance.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A UUIDv7: sorts by time, and the day of a record derives from it. */
export const newId = (): string => Bun.randomUUIDv7()

/** `prefix_` and 32 bytes of chance in base62-safe text (43 characters of base64url). */
export const newSecret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

export const newNonce = (bytes = 16): string => randomBytes(bytes).toString('base64url')

/**
 * SHA-256 in lower-case hex. What is kept of a key instead of the key. Secrets have 256 bits of chance, so no
 * slow hash is needed.
 */
export const sha256Hex = (text: string): string => Bun.SHA256.hash(text, 'hex')

/** Compares in a time that does not depend on where two texts differ. */
export function constantTimeEqual(left: string, right: string): boolean {
  const a = createHash('sha256').update(left).digest()
  const b = createHash('sha256').update(right).digest()
  return timingSafeEqual(a, b)
}

/** The moment (ms since the epoch) that a UUIDv7 was made. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

/** Chance in [0, 1). Passed in wherever a strategy draws, so that tests can seed it. */
export type Random = () => number
export const random: Random = Math.random
