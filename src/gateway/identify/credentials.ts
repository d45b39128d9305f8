// The credentials of callers: one row per kind. A further kind (a signed token, a signature over the request)
// is a further row.

import type { Directory, KeyEntry } from '../../contract/directory.ts'
import type { PresentedCredential } from '../../contract/endpoint.ts'
import { GatewayError } from '../../contract/errors.ts'
import { sha256Hex } from '../../kit/id.ts'
import type { PrincipalEntry, Principals } from './principals.ts'

export interface CredentialKind {
  /** Does it have the form of this kind? */
  accepts(presented: PresentedCredential): boolean
  /** @throws GatewayError `bad-key`, `expired-key` */
  find(presented: PresentedCredential, known: Known): PrincipalEntry
}

export interface Known {
  directory: Directory
  principals: Principals
  /** ms since the epoch */
  now: number
  isLoopback: boolean
}

const longestSecret = 1024

/**
 * The key is looked up by its SHA-256. The time of a map lookup reveals only a hash that the attacker chose,
 * so no constant-time comparison is needed.
 */
const secret: CredentialKind = {
  accepts: () => true,
  find(presented, { directory, principals, now, isLoopback }) {
    const key = presented.length > longestSecret ? undefined : directory.bySecret(sha256Hex(presented))
    if (!key || key.revokedAt !== undefined) throw badKey()
    refuseExpired(key, now)
    if (key.secrets.length > 1 || key.secrets[0]?.until !== undefined) refuseRotatedOut(key, presented, now)
    if (key.isLoopbackOnly && !isLoopback) throw badKey()
    return principals.of(key)
  },
}

/** The first that accepts wins. */
export const credentialKinds: readonly CredentialKind[] = [secret]

// One message for unknown, revoked and misplaced keys: a caller without a valid key learns nothing about
// keys.
export const badKey = () =>
  new GatewayError('bad-key', 'The Gatehouse key is not valid here; check it, or ask for a new one.')

export function refuseExpired({ id, expiresAt }: KeyEntry, now: number): void {
  if (expiresAt === undefined || expiresAt > now) return
  throw new GatewayError(
    'expired-key',
    `The key "${id}" expired on ${new Date(expiresAt).toISOString()}; ask its owner for a new one.`,
  )
}

function refuseRotatedOut(key: KeyEntry, presented: string, now: number): void {
  const hash = sha256Hex(presented)
  const found = key.secrets.find((candidate) => candidate.sha256 === hash)
  if (!found) throw badKey()
  if (found.until === undefined || found.until > now) return
  const until = new Date(found.until).toISOString()
  throw new GatewayError(
    'expired-key',
    `This secret of key "${key.id}" expired on ${until} after a rotation; use the new secret.`,
  )
}
