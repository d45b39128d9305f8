// The pools of kept connections: one for names that fetch resolves, and one for each name whose address we pinned.

/** Requests through one pool. */
export type Fetch = Bun.FetchSession['fetch']

export interface Sessions {
  /** @param pinnedName the name that certificates are checked against when an address is dialled in its place */
  fetchFor(pinnedName?: string): Fetch
  /** Closes idle connections. What is under way finishes. */
  close(): void
}

/** Below the 60 s after which common servers and load balancers close: a POST that meets a closing connection is lost. */
const idleSeconds = 55

/** Names that configurations brought and dropped again would pile up. */
const mostNames = 1_000

/** @param authorities PEM to trust instead of the system's */
export function sessions(authorities?: string): Sessions {
  const trust = authorities === undefined ? {} : { ca: authorities }
  const open = (tls: { serverName?: string; ca?: string }) => new Bun.FetchSession({ tls, keepAlive: { idleTimeout: idleSeconds } })
  const direct = open(trust)
  const pinned = new Map<string, Bun.FetchSession>()

  function forget() {
    const [oldest] = pinned
    if (!oldest) return
    pinned.delete(oldest[0])
    oldest[1].close()
  }

  return {
    fetchFor(pinnedName) {
      if (pinnedName === undefined) return direct.fetch
      const known = pinned.get(pinnedName)
      if (known) return known.fetch
      if (pinned.size >= mostNames) forget()
      const session = open({ serverName: pinnedName, ...trust })
      pinned.set(pinnedName, session)
      return session.fetch
    },
    close() {
      direct.close()
      for (const session of pinned.values()) session.close()
    },
  }
}
