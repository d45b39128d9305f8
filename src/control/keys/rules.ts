// The operations on keys: create, rotate with an overlap, revoke at once, delete. Secrets are shown once and stored
// as hashes.

import { type Actor, actorFields } from '../../contract/actor.ts'
import type { CreateKey, Key, KeyWithSecret } from '../../contract/admin-api.ts'
import type { Directory, KeyEntry } from '../../contract/directory.ts'
import type { Signals } from '../../contract/signals.ts'
import type { TeamRule } from '../../contract/snapshot.ts'
import { type KeyStore, StoreDown } from '../../contract/stores.ts'
import type { Clock } from '../../kit/clock.ts'
import { sha256Hex } from '../../kit/id.ts'
import type { Log } from '../../kit/log.ts'
import { findNearest } from '../../kit/nearest.ts'
import { createSerialQueue } from '../../kit/one-at-a-time.ts'
import { dayMs } from '../admin/moment.ts'
import { ProblemError } from '../admin/problem.ts'
import { duration } from '../config/values.ts'
import { asSentence } from './as-sentence.ts'
import { createKeyEntry } from './new-key.ts'
import { viewKey } from './view.ts'

export interface KeysNeeds {
  keyStore: KeyStore
  directory: Directory
  signals: Signals
  /** The teams of the active snapshot. */
  teams: () => Readonly<Record<string, TeamRule>>
  clock: Clock
  log: Log
  /** A fresh secret with its prefix: `gh_…`. */
  newSecret(): string
}

export interface Keys {
  list(): Key[]
  get(id: string): Key
  create(request: CreateKey, by: Actor): Promise<KeyWithSecret>
  rotate(id: string, overlap: string, by: Actor): Promise<KeyWithSecret>
  /** @param keep do the objects that it made stay for its workload or person? */
  revoke(id: string, keep: boolean, by: Actor): Promise<Key>
  remove(id: string, by: Actor): Promise<void>
}

const mostSecrets = 8
const longestOverlapMs = 90 * dayMs

export function createKeys(needs: KeysNeeds): Keys {
  const { directory, keyStore, signals, clock, log } = needs
  const inTurn = createSerialQueue()
  const view = (key: KeyEntry) => viewKey(key, needs.teams(), clock.now())

  function existing(id: string): KeyEntry {
    const key = directory.byId(id)
    if (key) return key
    const near = findNearest(
      id,
      Array.from(directory.all(), (other) => other.id),
    )
    throw new ProblemError('not-found', `there is no key "${id}"${near ? `; did you mean "${near}"?` : ''}`)
  }

  /** Writes to the store first: a key that is only in memory would be lost at a restart. */
  async function put(key: KeyEntry): Promise<void> {
    await keyStore.put(key)
    // Revocation does not wait in the queue. A revocation during the write must not be undone.
    const { revokedAt, keepsObjects } = directory.byId(key.id) ?? {}
    directory.apply({
      kind: 'put',
      key: revokedAt === undefined ? key : { ...key, revokedAt, ...(keepsObjects && { keepsObjects }) },
    })
  }

  return {
    list: () => Array.from(directory.all(), view).sort((a, b) => (a.id < b.id ? -1 : 1)),
    get: (id) => view(existing(id)),
    create: (request, by) =>
      inTurn(async () => {
        if (directory.byId(request.id))
          throw new ProblemError(
            'conflict',
            `a key "${request.id}" already exists; choose another id, or delete it first.`,
          )
        const secret = needs.newSecret()
        const key = createKeyEntry(request, secret, needs.teams(), clock.now())
        await put(key)
        log.info('a key was created', { key: key.id, team: key.team, ...actorFields(by) })
        return { key: view(key), secret }
      }),
    rotate: (id, overlap, by) =>
      inTurn(async () => {
        const before = existing(id)
        refuseFileOwned(before, 'rotated')
        if (before.revokedAt !== undefined)
          throw new ProblemError('conflict', `key "${id}" is revoked; create a new one.`)
        const now = clock.now()
        const until = now + overlapMs(overlap)
        const kept = before.secrets
          .map((old) => ({ ...old, until: Math.min(old.until ?? until, until) }))
          .filter((old) => old.until > now)
        if (kept.length >= mostSecrets) {
          throw new ProblemError(
            'conflict',
            `key "${id}" has ${kept.length} secrets that are still valid; rotate with a shorter overlap (\`0s\` ends them now).`,
          )
        }
        const secret = needs.newSecret()
        const key = { ...before, secrets: [...kept, { sha256: sha256Hex(secret) }] }
        await put(key)
        log.info('a key was rotated', { key: id, overlapMs: until - now, ...actorFields(by) })
        return { key: view(key), secret }
      }),
    revoke: (id, keep, by) => {
      // Before any wait, so that the calls of the key stop now, even if the store is down.
      const before = existing(id)
      const key = revokedKey(before, keep, clock.now())
      directory.apply({ kind: 'put', key })
      signals.send({ kind: 'revoke-key', key: id, by })
      log.info('a key was revoked', { key: id, ...actorFields(by) })
      return inTurn(async () => {
        const current = directory.byId(id)
        if (current) await keyStore.put(current).catch(revokedButNotKept)
        return view(current ?? key)
      })
    },
    remove: (id, by) =>
      inTurn(async () => {
        refuseFileOwned(existing(id), 'deleted')
        await keyStore.remove(id)
        directory.apply({ kind: 'remove', key: id })
        signals.send({ kind: 'revoke-key', key: id, by })
        log.info('a key was deleted', { key: id, ...actorFields(by) })
      }),
  }
}

/**
 * Erased objects cannot come back. So only the first revocation can keep them, and a later one can still erase
 * them.
 */
function revokedKey({ keepsObjects, ...before }: KeyEntry, keep: boolean, now: number): KeyEntry {
  const keeps = keep && (before.revokedAt === undefined || keepsObjects === true)
  return { ...before, revokedAt: before.revokedAt ?? now, ...(keeps && { keepsObjects: true }) }
}

function refuseFileOwned(key: KeyEntry, verb: string): void {
  if (key.owner !== 'file') return
  throw new ProblemError(
    'owned-by-file',
    `key "${key.id}" is defined in the configuration file and must be ${verb} there; the admin API can only revoke it.`,
  )
}

function revokedButNotKept(cause: unknown): never {
  if (!(cause instanceof StoreDown)) throw cause
  throw new ProblemError(
    'store-down',
    'the key is revoked on the running gateways, but the store does not respond, so a restart would undo it; revoke it again in a few seconds.',
    {
      headers: { 'retry-after': '5' },
      cause,
    },
  )
}

function overlapMs(text: string): number {
  const overlap = duration.safeParse(text)
  if (!overlap.success) throw new ProblemError('bad-request', `overlap: ${asSentence(overlap.error)}`)
  if (overlap.data > longestOverlapMs)
    throw new ProblemError('bad-request', `overlap "${text}" is longer than 90 days; choose a shorter one.`)
  return overlap.data
}
