// One place that is dialled: a base URL whose address has been checked, and checked again every half minute off the hot path.
//
// A URL that may not reach inside addresses is *pinned*: its name is resolved here, every address is checked, and the connection goes
// to a checked address (`https://203.0.113.7/…` with the name in `host` and `tls.serverName`), so that a name which changes its
// mind between check and connection gains nothing. On Bun 1.4.5 the certificate is verified against that name, connections are pooled by
// address and name, and redirects are not followed (test/upstreams/pinning.test.ts and dial.test.ts prove it).
//
// A URL of the operator's own file (`allowsPrivateAddress`) is not pinned: `fetch` resolves it itself and can walk through its addresses.
// Only metadata addresses are refused there, by a verdict up to half a minute old; that is the window that remains.

import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { GatewayError } from '../contract/errors.ts'
import type { Clock } from '../kit/clock.ts'
import { hostOf, refusedAddress, refusedIdentityUrl, refusedUrl } from './address.ts'
import type { Fetch, Sessions } from './sessions.ts'

/** Resolves a name to all its addresses. @throws when there is none */
export type Resolve = (host: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async (host) => (await lookup(host, { all: true })).map((entry) => entry.address)

export interface OriginRule {
  /** Who is dialled, for messages: `provider "openai"`. */
  name: string
  url: string
  allowsPrivateAddress: boolean
  /** Dial checked addresses instead of the name. Default: unless private addresses are allowed. */
  isPinned?: boolean
  /** It gives out the identity of this machine, at a link-local address or on loopback: nowhere else, and to nobody but the operator. */
  isIdentityEndpoint?: boolean
}

/** How to reach it now. */
export interface Way {
  /** `https://203.0.113.7:443`, in the order to try them. */
  bases: readonly string[]
  fetch: Fetch
}

export interface Origin {
  readonly name: string
  /** `https://api.openai.com`: without path, safe to log. */
  readonly url: string
  /** The `host` header: name and, when it is not the scheme's own, port. */
  readonly host: string
  /** It is on this machine, and no proxy stands between. */
  readonly isOfThisMachine: boolean
  /** Path of the base URL without a trailing slash: `/v1`. */
  readonly path: string
  /** When it last answered, on the monotonic clock; a dead host need not be looked for while it talks. */
  answeredAt: number
  /**
   * At once while the last check holds, which is nearly always.
   * @throws GatewayError `upstream-unreachable`: an address that is not allowed, a name that does not resolve
   */
  way(): Way | Promise<Way>
}

export interface OriginParts {
  clock: Clock
  resolve: Resolve
  sessions: Sessions
}

const checkEveryMs = 30_000

/** @throws GatewayError `upstream-unreachable` for a URL that may never be dialled */
export function origin(rule: OriginRule, { clock, resolve, sessions }: OriginParts): Origin {
  const refused = (rule.isIdentityEndpoint ? refusedIdentityUrl : refusedUrl)(rule.url, rule.allowsPrivateAddress)
  if (refused) throw new GatewayError('upstream-unreachable', `${rule.name} may not be dialled: ${refused}`)
  const url = new URL(rule.url)
  const host = hostOf(url)
  const isPinned = rule.isPinned ?? !rule.allowsPrivateAddress
  const direct: Way = { bases: [url.origin], fetch: sessions.fetchFor() }
  let known: { way: Way; checkedAt: number } | undefined
  let checking: Promise<Way> | undefined

  async function check(): Promise<Way> {
    const addresses = await resolve(host).catch((cause: unknown) => {
      // Behind a proxy only the proxy knows names. A direct dial of this name fails by itself, so nothing is let through.
      if (!isPinned) return []
      throw unresolved(rule.name, cause)
    })
    for (const address of addresses) {
      const reason = refusedAddress(address, rule.allowsPrivateAddress)
      if (reason) throw new GatewayError('upstream-unreachable', `${rule.name} may not be dialled: its name stands for ${reason}`)
    }
    if (!isPinned) return direct
    const port = url.port ? `:${url.port}` : ''
    const bases = addresses.map((address) => `${url.protocol}//${isIP(address) === 6 ? `[${address}]` : address}${port}`)
    if (bases.length === 0) throw unresolved(rule.name, undefined)
    return { bases, fetch: sessions.fetchFor(url.protocol === 'https:' ? host : undefined) }
  }

  function checkOnce(): Promise<Way> {
    checking ??= check()
      .then((way) => {
        known = { way, checkedAt: clock.monotonic() }
        return way
      })
      .finally(() => {
        checking = undefined
      })
    return checking
  }

  /** The last verdict stands while a new one is sought; a refusal replaces it, an absent name server does not. */
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
    isOfThisMachine: rule.isIdentityEndpoint ?? false,
    path: url.pathname.replace(/\/$/, ''),
    answeredAt: Number.NEGATIVE_INFINITY,
    way() {
      if (isIP(host) !== 0) return direct
      if (!known) return checkOnce()
      if (clock.monotonic() - known.checkedAt >= checkEveryMs && !checking) checkAgain()
      return known?.way ?? checkOnce()
    },
  }
}

const unresolved = (name: string, cause: unknown) =>
  new GatewayError('upstream-unreachable', `${name} cannot be reached: its name does not resolve; check its url`, { rule: 'unresolved', cause })
