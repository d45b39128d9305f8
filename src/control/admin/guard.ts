// Authenticates administrators: the holder of an admin key becomes an actor. Keys are stored as hashes and
// compared in constant time, and guessing is slowed down.

import type { MiddlewareHandler } from 'hono'
import type { Actor } from '../../contract/actor.ts'
import { constantTimeEqual, sha256Hex } from '../../kit/id.ts'
import type { KeyAttempts } from './attempts.ts'
import { ProblemError } from './problem.ts'
import type { AdminEnvironment } from './route.ts'

const bearer = /^Bearer +(\S{1,512}) *$/i
const challenge = { 'www-authenticate': 'Bearer realm="gatehouse admin"' }

export interface AdminCredential {
  /** SHA-256 of the secret, hex. */
  sha256: string
  actor: Actor
}

export function createAdminGuard(
  credentials: () => readonly AdminCredential[],
  attempts: KeyAttempts,
): MiddlewareHandler<AdminEnvironment> {
  return async (call, next) => {
    const { address } = call.env.peer
    const waitMs = attempts.waitMs(address)
    if (waitMs > 0) {
      const seconds = Math.ceil(waitMs / 1_000)
      throw new ProblemError(
        'too-many-attempts',
        `too many wrong admin keys came from ${address}; try again in ${seconds} s.`,
        {
          headers: { 'retry-after': String(seconds) },
        },
      )
    }
    const header = call.req.header('authorization')
    if (header === undefined) {
      throw new ProblemError(
        'no-key',
        'no admin key; send `authorization: Bearer <admin key>` (the command line reads $GATEHOUSE_ADMIN_KEY).',
        {
          headers: challenge,
        },
      )
    }
    const presented = bearer.exec(header)?.[1]
    const actor = presented === undefined ? undefined : actorOf(presented, credentials())
    if (!actor) {
      attempts.failed(address)
      throw new ProblemError(
        'bad-key',
        'this is not the admin key of this gateway; use the key that it printed at its first start, or `admin.key` of its configuration.',
        {
          headers: challenge,
        },
      )
    }
    attempts.succeeded(address)
    call.set('actor', actor)
    await next()
    call.header('cache-control', 'no-store')
    call.header('x-content-type-options', 'nosniff')
  }
}

/** Compares every key, so that the time does not show which one matched. */
function actorOf(presented: string, credentials: readonly AdminCredential[]): Actor | undefined {
  const hash = sha256Hex(presented)
  let found: Actor | undefined
  for (const { sha256, actor } of credentials) if (constantTimeEqual(hash, sha256)) found = actor
  return found
}
