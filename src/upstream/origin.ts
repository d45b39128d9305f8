// One place that is dialled: a base URL whose address has been checked, and checked again every half minute
// off the hot path.
//
// A URL that may not reach inside addresses is *pinned*: its name is resolved here, every address is checked,
// and the connection goes to a checked address with the name in `host` and in TLS, so that a name which
// changes its mind between check and connection gains nothing. The certificate is verified against that name,
// pinned connections serve pinned origins only, and redirects are not followed
// (test/upstreams/pinning.test.ts and dial.test.ts prove it).
//
// A URL of the operator's own file (`allowsPrivateAddress`) is not pinned: Bun resolves it when it connects
// and can walk through its addresses. Only metadata addresses are refused there, by a verdict up to half a
// minute old; that is the window that remains.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { GatewayError } from '../contract/errors.ts'
import type { Clock } from '../kit/clock.ts'
import { hostOf, refusedAddress, refusedIdentityUrl, refusedUrl } from './address.ts'
import type { Pool, Pools } from './http/pool.ts'
import { proxyFor } from './http/proxy.ts'

/** Resolves a name to all its addresses. @throws when there is none */
export type Resolve = (host: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map((entry) => entry.address)

export interface OriginRule {
  /** Who is dialled, for messages: `provider "openai"`. */
  name: string
  url: string
  allowsPrivateAddress: boolean
  /** Dial checked addresses instead of the name. Default: unless private addresses are allowed. */
  isPinned?: boolean
  /**
   * It gives out the identity of this machine, at a link-local address or on loopback: nowhere else, and to
   * nobody but the operator.
   */
  isIdentityEndpoint?: boolean
}

/** How to reach it now. */
export interface Route {
  pool: Pool
  /** Addresses or a name, in the order to try them. */
  addresses: readonly string[]
}

export interface Origin {
  readonly name: string
  /** `https://api.openai.com`: without path, safe to log. */
  readonly url: string
  /** The `host` header: name and, when it is not the scheme's own, port. */
  readonly host: string
  /** Path of the base URL without a trailing slash: `/v1`. */
  readonly path: string
  /**
   * At once while the last check holds, which is nearly always.
   * @throws GatewayError `upstream-unreachable`: an address that is not allowed, a name that does not resolve
   */
  route(): Route | Promise<Route>
}

export interface OriginParts {
  clock: Clock
  resolve: Resolve
  pools: Pools
  /** Of the process: it names the proxy. */
  environment: Readonly<Record<string, string | undefined>>
}

const checkEveryMs = 30_000

/** @throws GatewayError `upstream-unreachable` for a URL that may never be dialled */
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
  // What this machine says of itself is not for a proxy.
  const proxy = rule.isIdentityEndpoint ? undefined : proxyFor(url, environment)
  const pool = pools.of({ isSecure, host, port: Number(url.port || (isSecure ? 443 : 80)), isPinned, proxy })
  const direct: Route = { pool, addresses: [host] }
  let known: { route: Route; checkedAt: number } | undefined
  let checking: Promise<Route> | undefined

  async function check(): Promise<Route> {
    const addresses = await resolve(host).catch((cause: unknown) => {
      // Behind a proxy only the proxy knows names. A direct dial of this name fails by itself, so nothing is
      // let through.
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
   * The last verdict stands while a new one is sought; a refusal replaces it, an absent name server does not.
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
