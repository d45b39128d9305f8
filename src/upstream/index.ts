// The only folder that dials addresses of users' configurations. Reading order: dial.ts, send.ts, http/,
// origin.ts, address.ts, credentials/.

import type { Dial } from '../contract/upstream.ts'
import type { Clock } from '../kit/clock.ts'
import {
  createCredential,
  credentialKinds,
  type CredentialKind,
  type CredentialTools,
  type Reveal,
} from './credentials/index.ts'
import { createDial } from './dial.ts'
import { createEventMemory } from './event-memory.ts'
import { Pools } from './http/pool.ts'
import { createOrigin, type Resolve, systemResolve } from './origin.ts'
import { send } from './send.ts'
import type { Line } from './sending.ts'

export { type CredentialKind, type Reveal } from './credentials/index.ts'

export interface UpstreamParts {
  clock: Clock
  /**
   * Returns the plain text of a secret's reference. It is called for each request, so that a rotated secret is used
   * at once.
   */
  reveal: Reveal
  /** Resolves names for the address check; default: the system's resolver. */
  resolve?: Resolve
  /**
   * The environment of the process, which names the proxy: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`.
   * Default: none.
   */
  environment?: Readonly<Record<string, string | undefined>>
  /** PEM of the authorities to trust instead of the system's. */
  authorities?: string
}

export interface Upstream {
  dial: Dial
  credentialKinds: readonly CredentialKind[]
  /** Stops token requests and closes idle connections. Running calls must be stopped by their callers. */
  close(): void
}

export function createUpstream({
  clock,
  reveal,
  resolve = systemResolve,
  environment = {},
  authorities,
}: UpstreamParts): Upstream {
  const line: Line = { clock, memory: createEventMemory() }
  const pools = new Pools({ clock, authorities })
  const closing = new AbortController()
  const tools: CredentialTools = {
    clock,
    reveal,
    send: (sending) => send({ ...sending, signal: closing.signal }, line),
  }
  const dial = createDial({
    line,
    origin: (rule) => createOrigin(rule, { clock, resolve, pools, environment }),
    credential: (rule, parts, note) =>
      createCredential(rule, parts, { ...tools, reveal: noting(reveal, note) }),
  })
  return {
    dial,
    credentialKinds,
    close() {
      closing.abort()
      pools.close()
    },
  }
}

const noting =
  (reveal: Reveal, note: (secret: string) => void): Reveal =>
  (reference) => {
    const secret = reveal(reference)
    if (secret !== undefined) note(secret.trim())
    return secret
  }
