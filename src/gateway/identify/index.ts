// Who is calling: from the presented credential to a subject. In memory, no I/O.

import type { Directory, KeyEntry } from '../../contract/directory.ts'
import { GatewayError } from '../../contract/errors.ts'
import type { Snapshot } from '../../contract/snapshot.ts'
import type { Subject } from '../../contract/subject.ts'
import type { Peer } from '../../contract/door.ts'
import type { Clock } from '../../kit/clock.ts'
import { sha256Hex } from '../../kit/id.ts'
import type { Identified } from '../exchange.ts'

export interface Presented {
  peer: Peer
  headers: Headers
  /** How the endpoint wants the key, for the refusal. Absent: as a bearer. */
  sendAs?: string
}

const longestCredential = 1024

/**
 * The credential is looked up by its SHA-256: what an attacker could learn from the time of a map look-up is a hash that he
 * chose himself, so no constant-time compare is needed after it.
 * @throws GatewayError `no-key`, `bad-key`, `expired-key`
 */
export function identify(directory: Directory, snapshot: Snapshot, clock: Clock, credential: string | undefined, presented: Presented): Identified {
  if (!credential) {
    const { sendAs = bearer } = presented
    throw new GatewayError('no-key', `No Gatehouse key came with the request; send it as ${sendAs}.`)
  }
  const key = credential.length > longestCredential ? undefined : directory.bySecret(sha256Hex(credential))
  if (!key || key.revokedAt !== undefined) throw badKey()
  const now = clock.now()
  if (key.expiresAt !== undefined && key.expiresAt <= now) {
    throw new GatewayError('expired-key', `The key "${key.id}" expired on ${new Date(key.expiresAt).toISOString()}; ask its owner for a new one.`)
  }
  if (key.secrets.length > 1 || key.secrets[0]?.until !== undefined) refuseRotatedOut(key, credential, now)
  if (key.isLoopbackOnly && !presented.peer.isLoopback) throw badKey()
  return { key, presented: credential, subject: subjectOf(key, snapshot, presented.headers) }
}

const bearer = '"Authorization: Bearer <key>"'

// One wording for unknown, revoked and out of place: a caller without a valid key learns nothing about keys.
const badKey = () => new GatewayError('bad-key', 'The Gatehouse key is not valid here; check it, or ask for a new one.')

function refuseRotatedOut(key: KeyEntry, credential: string, now: number): void {
  const hash = sha256Hex(credential)
  const secret = key.secrets.find((candidate) => candidate.sha256 === hash)
  if (!secret) throw badKey()
  if (secret.until !== undefined && secret.until <= now) {
    throw new GatewayError(
      'expired-key',
      `This secret of key "${key.id}" was rotated out on ${new Date(secret.until).toISOString()}; use the new one.`,
    )
  }
}

const known = new WeakMap<KeyEntry, { snapshot: Snapshot; subject: Subject }>()

function subjectOf(key: KeyEntry, snapshot: Snapshot, headers: Headers): Subject {
  let entry = known.get(key)
  if (entry?.snapshot !== snapshot) {
    entry = { snapshot, subject: plainSubject(key, snapshot) }
    known.set(key, entry)
  }
  return key.tagHeaders?.length ? withHeaderTags(entry.subject, key.tagHeaders, headers) : entry.subject
}

function plainSubject(key: KeyEntry, snapshot: Snapshot): Subject {
  const team = snapshot.teams[key.team]
  return {
    key: key.id,
    ...(key.person === undefined ? {} : { person: key.person }),
    ...(key.workload === undefined ? {} : { workload: key.workload }),
    team: key.team,
    teamPath: team?.path ?? [key.team],
    tags: { ...team?.tags, ...key.tags },
    claims: {},
  }
}

const longestTag = 128

/** `x-cost-center: r42` sets `cost-center`, only for headers that the key lists; all begin with `x-` (the schemas of keys see to that). */
function withHeaderTags(subject: Subject, listed: readonly string[], headers: Headers): Subject {
  const tags: Record<string, string> = { ...subject.tags }
  for (const header of listed) {
    const value = headers.get(header)
    if (value) tags[header.slice('x-'.length)] = value.slice(0, longestTag)
  }
  return { ...subject, tags }
}
