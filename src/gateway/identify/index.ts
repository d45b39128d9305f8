// Identifies the caller: from the presented credential to a principal and its subject. In memory, no I/O.

import type { Directory, KeyEntry } from '../../contract/directory.ts'
import type { Peer, PresentedCredential } from '../../contract/endpoint.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Owner } from '../../contract/principal.ts'
import type { Subject } from '../../contract/subject.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Identified } from '../exchange.ts'
import { badKey, credentialKinds, refuseExpired } from './credentials.ts'
import { type PrincipalEntry, type Principals, isOwnedBy } from './principals.ts'

export {
  type PrincipalEntry,
  type Principals,
  createPrincipals,
  callerName,
  isOwnedBy,
  titleOf,
} from './principals.ts'
export { type RuleOwner, findRuleOwners } from './rule-owners.ts'

export interface Identifying {
  directory: Directory
  /** Of the active snapshot. */
  principals: Principals
  clock: Pick<Clock, 'now'>
}

export interface IdentifyCall {
  peer: Peer
  headers: Headers
  /** How the endpoint expects the key, for the refusal. Absent: as a bearer token. */
  sendAs?: string
}

/** @throws GatewayError `no-key`, `bad-key`, `expired-key` */
export function identify(
  { directory, principals, clock }: Identifying,
  presented: PresentedCredential | undefined,
  call: IdentifyCall,
): Identified {
  if (!presented) {
    const { sendAs = bearer } = call
    throw new GatewayError(
      'no-key',
      `The request has no Gatehouse key; send it as ${sendAs}.${isSigned(call.headers) ? signatureHint : ''}`,
    )
  }
  const kind = credentialKinds.find((candidate) => candidate.accepts(presented))
  if (!kind) throw badKey()
  const principal = kind.find(presented, {
    directory,
    principals,
    now: clock.now(),
    isLoopback: call.peer.isLoopback,
  })
  return { principal, presented, address: call.peer.address, subject: subjectOf(principal, call.headers) }
}

const bearer = '"Authorization: Bearer <key>"'

/** AWS Signature Version 4. The check needs the secret itself. */
const isSigned = (headers: Headers): boolean => headers.get('authorization')?.startsWith('AWS4-') === true
const signatureHint =
  ' A signature of AWS (SigV4) cannot be checked, because only hashes of keys are kept; AWS SDKs send $AWS_BEARER_TOKEN_BEDROCK as a bearer.'

/**
 * The owner of an object, as a caller that is not connected: under the current rules, narrowed by the key
 * that created the object.
 * @param key its id. If it is absent, or was revoked but keeps its objects, any other key of the owner proves
 * that the owner still has access
 * @throws GatewayError `revoked`, `expired-key`
 */
export function recall(
  { directory, principals, clock }: Identifying,
  owner: Owner,
  key?: string,
): Identified {
  const now = clock.now()
  const maker = key === undefined ? undefined : directory.byId(key)
  if (key !== undefined && !maker) throw revokedRefusal()
  if (maker && !isOwnedBy(owner, maker)) throw revokedRefusal()
  if (maker && maker.revokedAt === undefined) {
    refuseExpired(maker, now)
    return identifyAs(principals.of(maker))
  }
  if (maker && !maker.keepsObjects) throw revokedRefusal()
  const other = liveKey(directory, owner, now)
  if (!other) throw revokedRefusal()
  return identifyAs(maker ? principals.of(maker) : principals.withoutKey(other))
}

const identifyAs = (principal: PrincipalEntry): Identified => ({ principal, subject: principal.subject })

function liveKey(directory: Directory, owner: Owner, now: number): KeyEntry | undefined {
  for (const key of directory.byPrincipal(owner.principal))
    if (key.revokedAt === undefined && (key.expiresAt ?? Infinity) > now && isOwnedBy(owner, key)) return key
  return undefined
}

/**
 * Time has passed since the caller was identified: does it still have access?
 * @throws GatewayError `revoked`, `expired-key`
 */
export function refuseEnded(directory: Directory, { principal }: Identified, now: number): void {
  const { key } = principal
  if (!key) {
    if (!liveKey(directory, { principal: principal.id, team: principal.team }, now)) throw revokedRefusal()
    return
  }
  const entry = directory.byId(key.id)
  if (!entry) throw revokedRefusal()
  if (entry.revokedAt === undefined) return refuseExpired(entry, now)
  if (!isRecalledAfter(entry, directory, principal, now)) throw revokedRefusal()
}

/**
 * A revoked key that keeps its objects still narrows its owner's access to them, while the owner has another
 * key.
 */
function isRecalledAfter(
  entry: KeyEntry,
  directory: Directory,
  { key, id, team }: PrincipalEntry,
  now: number,
): boolean {
  return (
    entry === key &&
    entry.keepsObjects === true &&
    liveKey(directory, { principal: id, team }, now) !== undefined
  )
}

export const revokedRefusal = () => new GatewayError('revoked', 'The key of this call was revoked.')

const longestTag = 128

/**
 * `x-cost-center: r42` sets `cost-center`, only for headers that the key lists; all begin with `x-` (the key
 * schemas require it).
 */
function subjectOf({ key, subject }: PrincipalEntry, headers: Headers): Subject {
  if (!key?.tagHeaders?.length) return subject
  const tags: Record<string, string> = { ...subject.tags }
  for (const name of headerTags(key)) {
    const value = headers.get(`x-${name}`)
    if (value) tags[name] = value.slice(0, longestTag)
  }
  return { ...subject, tags }
}

/** Names of the tags that its callers may set. */
export const headerTags = ({ tagHeaders = [] }: KeyEntry): string[] =>
  tagHeaders.map((header) => header.slice('x-'.length))
