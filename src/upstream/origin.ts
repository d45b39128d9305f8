// An origin that is dialed: a base URL whose address is checked, and checked again every half minute off the hot
// path.
//
// A URL that must not reach private addresses is *pinned*: its name is resolved here, every address is checked, and
// the connection goes to a checked address, with the name in `host` and in TLS. So it does not help an attacker if
// the name resolves to another address between check and connection. The certificate is verified against the name,
// pinned connections serve only pinned origins, and redirects are not followed (test/upstreams/pinning.test.ts and
// dial.test.ts prove it).
//
// A URL of the operator's own file (`allowsPrivateAddress`) is not pinned: Bun resolves it at each connection and can
// try all of its addresses. Only metadata addresses are refused there. That check can be half a minute old, which is
// the remaining risk.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { GatewayError } from '../contract/errors.ts'
import type { Clock } from '../kit/clock.ts'
import { hostOf, refusedAddress, refusedIdentityUrl, refusedUrl } from './address.ts'
import type { Pool, Pools } from './http/pool.ts'
import { proxyFor } from './http/proxy.ts'

/**
 * Resolves a name to all of its addresses.
 * @throws Error without any address
 */
export type Resolve = (host: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map((entry) => entry.address)

export interface OriginRule {
  /** The name for messages: `provider "openai"`. */
  name: string
  url: string
  allowsPrivateAddress: boolean
  /** Dial checked addresses instead of the name. Default: unless private addresses are allowed. */
  isPinned?: boolean
  /**
   * An endpoint that serves the identity of this machine. It must be on a link-local address or on loopback, and only
   * the operator may configure it.
   */
  isIdentityEndpoint?: boolean
}

/** The current way to reach an origin. */
export interface Route {
  pool: Pool
  /** Addresses or a name, in the order to try them. */
  addresses: readonly string[]
}

export interface Origin {
  readonly name: string
  /** `https://api.openai.com`: without path, safe to log. */
  readonly url: string
  /** The `host` header: the name, and the port unless it is the default of the scheme. */
  readonly host: string
  /** Path of the base URL without a trailing slash: `/v1`. */
  readonly path: string
  /**
   * Returns at once while the last check is valid, which is almost always.
   * @throws GatewayError `upstream-unreachable`: an address that is not allowed, a name that does not resolve
   */
  route(): Route | Promise<Route>
}

export interface OriginParts {
  clock: Clock
  resolve: Resolve
  pools: Pools
  /** The environment of the process, which names the proxy. */
  environment: Readonly<Record<string, string | undefined>>
}

const checkEveryMs = 30_000

/** @throws GatewayError `upstream-unreachable` for a URL that must never be dialed */
export function createOrigin(rule: OriginRule, { clock, resolve, pools, environment }: OriginParts): Origin {
  const refused = (rule.isIdentityEndpoint ? refusedIdentityUrl : refusedUrl)(
    rule.url,
    rule.allowsPrivateAddress,
  )
  if (refused) throw new GatewayError('upstream-unreachable', `${rule.name} must not be called: ${refused}`)
  const url = new URL(rule.url)
  const host = hostOf(url)
  const isPinned = rule.isPinned ?? !rule.allowsPrivateAddress
  const isSecure = url.protocol === 'https:'
  // A proxy must not see the identity of this machine.
  const proxy = rule.isIdentityEndpoint ? undefined : proxyFor(url, environment)
  const pool = pools.of({ isSecure, host, port: Number(url.port || (isSecure ? 443 : 80)), isPinned, proxy })
  const direct: Route = { pool, addresses: [host] }
  let known: { route: Route; checkedAt: number } | undefined
  let checking: Promise<Route> | undefined

  async function check(): Promise<Route> {
    const addresses = await resolve(host).catch((cause: unknown) => {
      // With a proxy, only the proxy may be able to resolve names. A direct dial of such a name fails by itself, so
      // no request gets through.
      if (!isPinned) return []
      throw unresolved(rule.name, cause)
    })
    for (const address of addresses) {
      const reason = refusedAddress(address, rule.allowsPrivateAddress)
      if (reason)
        throw new GatewayError(
          'upstream-unreachable',
          `${rule.name} must not be called: its name stands for ${reason}`,
        )
    }
    if (!isPinned) return direct
    if (addresses.length === 0) throw unresolved(rule.name, undefined)
    return { pool, addresses }
  }

  function checkOnce(): Promise<Route> {
    checking ??= check()
      .then((route) => {
        known = { route, checkedAt: clock.monotonic() }
        return route
      })
      .finally(() => {
        checking = undefined
      })
    return checking
  }

  /**
   * The last result stays valid during a new check. A refusal replaces it, a failing name server does not.
   */
  function checkAgain() {
    if (known) known.checkedAt = clock.monotonic()
    checkOnce().catch((error: unknown) => {
      if (!(error instanceof GatewayError && error.details.rule === 'unresolved')) known = undefined
    })
  }

  return {
    name: rule.name,
    url: url.origin,
    host: url.host,
    path: url.pathname.replace(/\/$/, ''),
    route() {
      if (isIP(host) !== 0) return direct
      if (!known) return checkOnce()
      if (clock.monotonic() - known.checkedAt >= checkEveryMs && !checking) checkAgain()
      return known?.route ?? checkOnce()
    },
  }
}

const unresolved = (name: string, cause: unknown) =>
  new GatewayError(
    'upstream-unreachable',
    `${name} cannot be reached: its name does not resolve; check its url`,
    { rule: 'unresolved', cause },
  )
