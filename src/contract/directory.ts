// The directory of keys. It changes by deltas, so one key's change does not recompile the rules.

import type { BudgetRule, GrantRule, LimitRule } from './snapshot.ts'

/** A key as the gateway holds it. The secret itself is never kept. */
export interface KeyEntry {
  /** Name in configuration and records, `ci`. Unique. */
  id: string
  team: string
  workload?: string
  person?: string
  /** SHA-256 of the secret, hex. More than one while a rotation overlaps. */
  secrets: readonly { sha256: string /** ms since the epoch */; until?: number }[]
  /** ms since the epoch */
  createdAt: number
  expiresAt?: number
  revokedAt?: number
  /** Revoked, but the objects that it made stay available to its person or workload. */
  keepsObjects?: boolean
  /** What the key itself allows. Absent: everything that its team may use. Keys can only narrow. */
  grant?: GrantRule
  tags: Readonly<Record<string, string>>
  /** Tags that callers of this key may set with headers. */
  tagHeaders?: readonly string[]
  limits?: LimitRule
  budgets?: readonly BudgetRule[]
  /** Accepts calls from this machine only (the demo key). */
  isLoopbackOnly?: boolean
  /**
   * `file`: owned by the configuration, read-only elsewhere (signals excepted); `admin`: made by the admin
   * API.
   */
  owner: 'file' | 'admin'
}

export type DirectoryDelta = { kind: 'put'; key: KeyEntry } | { kind: 'remove'; key: string }

/** The gateway reads it on each call: in memory, without I/O. */
export interface Directory {
  /** By the SHA-256 of the presented secret. */
  bySecret(sha256: string): KeyEntry | undefined
  byId(id: string): KeyEntry | undefined
  /** The keys that act as this principal. */
  byPrincipal(id: string): Iterable<KeyEntry>
  all(): Iterable<KeyEntry>
  apply(delta: DirectoryDelta): void
  /** `before`: the key as it was. */
  listen(receive: (delta: DirectoryDelta, before: KeyEntry | undefined) => void): () => void
}
