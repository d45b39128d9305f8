// Ids and secrets. Only kit uses randomness.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A UUIDv7: sorts by time, and the day of a record derives from it. */
export const newId = (): string => Bun.randomUUIDv7()

/** `prefix_` and 32 random bytes in base62-safe text (43 characters of base64url). */
export const newSecret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

export const newNonce = (bytes = 16): string => randomBytes(bytes).toString('base64url')

/**
 * SHA-256 in lower-case hex, stored instead of a key. Secrets have 256 bits of entropy, so no slow hash is
 * needed.
 */
export const sha256Hex = (text: string): string => Bun.SHA256.hash(text, 'hex')

/** Compares two texts in constant time. */
export function constantTimeEqual(left: string, right: string): boolean {
  const a = createHash('sha256').update(left).digest()
  const b = createHash('sha256').update(right).digest()
  return timingSafeEqual(a, b)
}

/** The creation time of a UUIDv7, ms since the epoch. */
export const timeOfId = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

/** A random number in [0, 1). Strategies get it as a parameter, so that tests can seed it. */
export type Random = () => number
export const random: Random = Math.random
