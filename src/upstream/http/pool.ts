// The idle connections to one server by one route, and all pools of an upstream. The most recently used
// connection is taken first, so that connections of a burst are closed again.

import type { Timer } from '../../kit/clock.ts'
import type { Connection, Home } from './connection.ts'
import { Opening, type Waiting } from './opening.ts'
import type { PoolTools, Way } from './way.ts'

/**
 * Below the 60 s after which common servers and load balancers close, because a request on a closing
 * connection is lost.
 */
const idleMs = 55_000
/** A server that sends a time closes the connection exactly then. */
const headStartMs = 1_000
const mostIdle = 256
const mostIdleOfAll = 2_048
const sweepEveryMs = 5_000

export class Pools {
  readonly #tools: PoolTools
  readonly #pools = new Map<string, Pool>()
  /** The pools with idle connections. */
  readonly #resting = new Set<Pool>()
  #sweeper: Timer | undefined
  #isClosed = false
  /** The number of idle connections in all pools. */
  idle = 0

  constructor(tools: PoolTools) {
    this.#tools = tools
  }

  of(way: Way): Pool {
    const name = JSON.stringify([way.isSecure, way.host, way.port, way.isPinned, way.proxy?.url])
    const known = this.#pools.get(name)
    if (known) return known
    const pool = new Pool(way, this, this.#tools)
    this.#pools.set(name, pool)
    return pool
  }

  /** @returns whether the pool may keep one more idle connection */
  admit(pool: Pool): boolean {
    if (this.#isClosed || this.idle >= mostIdleOfAll) return false
    this.#resting.add(pool)
    this.#sweeper ??= this.#tools.clock.after(sweepEveryMs, () => this.#sweep())
    return true
  }

  close(): void {
    this.#isClosed = true
    this.#sweeper?.cancel()
    for (const pool of this.#resting) pool.closeIdle(Number.POSITIVE_INFINITY)
  }

  #sweep(): void {
    this.#sweeper = undefined
    const now = this.#tools.clock.monotonic()
    for (const pool of this.#resting) {
      pool.closeIdle(now)
      if (pool.isEmpty) this.#resting.delete(pool)
    }
    // names of earlier configurations; code that still has a pool continues to use it
    for (const [name, pool] of this.#pools) if (pool.isEmpty) this.#pools.delete(name)
    if (this.idle > 0) this.#sweeper = this.#tools.clock.after(sweepEveryMs, () => this.#sweep())
  }
}

export class Pool implements Home {
  readonly way: Way
  readonly #all: Pools
  readonly #tools: PoolTools
  readonly #idle: Connection[] = []

  constructor(way: Way, all: Pools, tools: PoolTools) {
    this.way = way
    this.#all = all
    this.#tools = tools
  }

  get isEmpty(): boolean {
    return this.#idle.length === 0
  }

  /** An idle connection, if there is one. */
  take(): Connection | undefined {
    for (;;) {
      const connection = this.#idle.pop()
      if (!connection) return undefined
      this.#all.idle -= 1
      if (connection.goodUntil > this.#tools.clock.monotonic()) return connection
      connection.destroy()
    }
  }

  /** @param addresses to dial, in this order */
  open(addresses: readonly string[], waiting: Waiting): Opening {
    return new Opening(this.way, this, addresses, this.#tools, waiting)
  }

  /** @param keptMs how long the server keeps it, if the server sent a time */
  put(connection: Connection, keptMs: number | undefined): void {
    const restMs = keptMs === undefined ? idleMs : Math.min(idleMs, keptMs - headStartMs)
    connection.leave()
    if (restMs <= 0 || this.#idle.length >= mostIdle || !this.#all.admit(this)) return connection.destroy()
    connection.goodUntil = this.#tools.clock.monotonic() + restMs
    this.#idle.push(connection)
    this.#all.idle += 1
  }

  /** It is closed. */
  forget(connection: Connection): void {
    const at = this.#idle.lastIndexOf(connection)
    if (at < 0) return
    this.#idle.splice(at, 1)
    this.#all.idle -= 1
  }

  closeIdle(now: number): void {
    for (const connection of this.#idle.filter(({ goodUntil }) => goodUntil <= now)) connection.destroy()
  }
}
