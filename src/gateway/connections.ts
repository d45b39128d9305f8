// The long-lived connections of this node, which exist between exchanges. A connection ends when its key
// expires. It is stopped when the key is revoked, removed or acts for another owner, when it is killed, and
// when the gateway shuts down.

import type { ConnectionOptions, Connection, ConnectionKind } from '../contract/connection.ts'
import type { Directory, DirectoryDelta } from '../contract/directory.ts'
import { GatewayError } from '../contract/errors.ts'
import { ownerOf } from '../contract/principal.ts'
import type { Signal } from '../contract/signals.ts'
import type { Clock, Timer } from '../kit/clock.ts'
import { newId } from '../kit/id.ts'
import type { Log } from '../kit/log.ts'
import type { Identified } from './exchange.ts'
import { type Principals, isOwnedBy, headerTags, refuseEnded, revokedRefusal } from './identify/index.ts'
import { killedError } from './running.ts'

export interface ConnectionsOptions {
  directory: Directory
  /** Of the active snapshot. */
  principals(): Principals
  clock: Clock
  log: Log
  /** Bounds, for tests. */
  most?: number
  mostPerPrincipal?: number
}

interface Open extends Connection {
  readonly identified: Identified
  readonly connecting: ConnectionOptions
  expiry: Timer | undefined
  isOver: boolean
}

const mostOfAll = 10_000
const mostOfOne = 1_000
/** System timers are limited to 24 days. */
const longestWaitMs = 86_400_000

export class Connections {
  readonly #open = new Map<string, Open>()
  readonly #counts = new Map<string, number>()
  readonly #ofKey = new Map<string, Set<Open>>()
  readonly #options: ConnectionsOptions
  #waiting: (() => void)[] = []

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  /** @throws GatewayError `too-many-concurrent`, `overloaded`, `revoked`, `expired-key` */
  connect(identified: Identified, connecting: ConnectionOptions): Connection {
    const { most = mostOfAll, mostPerPrincipal = mostOfOne, directory, clock } = this.#options
    const { id: principal } = identified.principal
    const count = this.#counts.get(principal) ?? 0
    if (count >= mostPerPrincipal) throw tooManyOf(mostPerPrincipal)
    if (this.#open.size >= most) throw tooManyInAll(most)
    refuseEnded(directory, identified, clock.now())
    const fresh = () => this.#fresh(identified)
    const open: Open = {
      id: newId(),
      identified,
      connecting,
      expiry: undefined,
      isOver: false,
      get caller() {
        return fresh()
      },
      leave: () => this.#leave(open),
    }
    this.#counts.set(principal, count + 1)
    this.#open.set(open.id, open)
    const { key } = identified.principal
    if (key) this.#ofKey.set(key.id, (this.#ofKey.get(key.id) ?? new Set()).add(open))
    this.#awaitExpiry(open)
    return open
  }

  receive(signal: Signal): void {
    if (signal.kind === 'revoke-key')
      for (const open of this.#ofKey.get(signal.key) ?? []) this.#stop(open, revokedRefusal())
    if (signal.kind === 'kill-exchange') this.#stop(this.#open.get(signal.exchange), killedError())
    if (signal.kind === 'kill-run')
      for (const open of this.#open.values())
        if (open.connecting.run === signal.run) this.#stop(open, killedError())
  }

  /** A new configuration is active. */
  rulesChanged(): void {
    for (const open of this.#open.values()) this.#tell(open, open.connecting.rulesChanged)
  }

  /** A key was changed or removed. */
  keyChanged(delta: DirectoryDelta): void {
    const id = delta.kind === 'put' ? delta.key.id : delta.key
    for (const open of this.#ofKey.get(id) ?? []) {
      const isOurs =
        delta.kind === 'put' &&
        delta.key.revokedAt === undefined &&
        isOwnedBy(ownerOf(open.identified.principal), delta.key)
      if (!isOurs) this.#stop(open, revokedRefusal())
      else {
        this.#awaitExpiry(open)
        this.#tell(open, open.connecting.rulesChanged)
      }
    }
  }

  /** Admits no new connections. Each ends when its running calls have ended, or at once. */
  drain(error: GatewayError): void {
    for (const open of this.#open.values()) {
      if (open.connecting.drain) this.#tell(open, open.connecting.drain)
      else this.#stop(open, error)
    }
  }

  stopAll(error: GatewayError): void {
    for (const open of this.#open.values()) this.#stop(open, error)
  }

  /** Resolves when no connection is left. */
  idle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  count(kind: ConnectionKind): number {
    let count = 0
    for (const { connecting } of this.#open.values()) if (connecting.kind === kind) count += 1
    return count
  }

  /** The current key, under the current rules. */
  #fresh(identified: Identified): Identified {
    const { directory, principals, clock } = this.#options
    const now = clock.now()
    refuseEnded(directory, identified, now)
    const { key } = identified.principal
    const entry = key && directory.byId(key.id)
    if (!entry) return identified
    const principal = principals().of(entry)
    if (principal === identified.principal) return identified
    const tags: Record<string, string> = { ...principal.subject.tags }
    for (const name of headerTags(entry)) {
      const sent = identified.subject.tags[name]
      if (sent !== undefined) tags[name] = sent
    }
    return { ...identified, principal, subject: { ...principal.subject, tags } }
  }

  #awaitExpiry(open: Open): void {
    const { clock, directory } = this.#options
    open.expiry?.cancel()
    open.expiry = undefined
    const { key } = open.identified.principal
    const expiresAt = key && directory.byId(key.id)?.expiresAt
    if (expiresAt === undefined) return
    open.expiry = clock.after(Math.min(longestWaitMs, Math.max(0, expiresAt - clock.now())), () => {
      try {
        refuseEnded(directory, open.identified, clock.now())
        this.#awaitExpiry(open)
      } catch (thrown) {
        this.#stop(open, thrown instanceof GatewayError ? thrown : revokedRefusal())
      }
    })
  }

  #stop(open: Open | undefined, error: GatewayError): void {
    if (!open || open.isOver) return
    this.#leave(open)
    this.#tell(open, () => open.connecting.stop(error))
  }

  /** The failure of one does not affect the others. */
  #tell(open: Open, what: (() => void) | undefined): void {
    try {
      what?.call(open.connecting)
    } catch (thrown) {
      this.#options.log.error('a connection failed to hear what concerns it', { connection: open.id }, thrown)
    }
  }

  #leave(open: Open): void {
    if (open.isOver) return
    open.isOver = true
    open.expiry?.cancel()
    this.#open.delete(open.id)
    const { id: principal, key } = open.identified.principal
    if (key) leave(this.#ofKey, key.id, open)
    const count = (this.#counts.get(principal) ?? 1) - 1
    if (count > 0) this.#counts.set(principal, count)
    else this.#counts.delete(principal)
    if (this.#open.size > 0) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

function leave<Item>(sets: Map<string, Set<Item>>, name: string, item: Item): void {
  const set = sets.get(name)
  set?.delete(item)
  if (set?.size === 0) sets.delete(name)
}

const tooManyOf = (most: number) =>
  new GatewayError(
    'too-many-concurrent',
    `This caller already has ${most} open connections; close one first.`,
    { retryAfterSeconds: 1 },
  )

const tooManyInAll = (most: number) =>
  new GatewayError('overloaded', `The gateway already has ${most} open connections; try again later.`, {
    retryAfterSeconds: 1,
  })
