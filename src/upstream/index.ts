// The only place that dials addresses which users configure. Reading order: dial.ts, fetch.ts, origin.ts, address.ts, credentials/.

import type { Dial } from '../contract/upstream.ts'
import type { Clock } from '../kit/clock.ts'
import { credential, credentialKinds, type CredentialKind, type CredentialTools, type Reveal } from './credentials/index.ts'
import { dialer } from './dial.ts'
import { type Line, send } from './fetch.ts'
import { origin, type Resolve, systemResolve } from './origin.ts'
import { sessions } from './sessions.ts'

export { type CredentialKind, type Reveal } from './credentials/index.ts'
export { inFlightCheck, type InFlightCheck } from './in-flight.ts'

export interface UpstreamParts {
  clock: Clock
  /** The clear text behind a secret's reference. Asked on each call, so that a rotated secret is used at once. */
  reveal: Reveal
  /** Resolves names for the address check; default: the system's resolver. */
  resolve?: Resolve
  /** Is `HTTP_PROXY` or `HTTPS_PROXY` set? Then nothing can be learnt from bare connections. */
  isProxied?: boolean
  /** PEM of the authorities to trust instead of the system's. */
  authorities?: string
}

export interface Upstream {
  dial: Dial
  credentialKinds: readonly CredentialKind[]
  /** Stops token requests and closes idle connections. Calls under way are their callers' to stop. */
  close(): void
}

export function upstream({ clock, reveal, resolve = systemResolve, isProxied = false, authorities }: UpstreamParts): Upstream {
  const line: Line = { clock, isProxied }
  const pools = sessions(authorities)
  const closing = new AbortController()
  const tools: CredentialTools = { clock, reveal, send: (sending) => send({ ...sending, signal: closing.signal }, line) }
  const dial = dialer({
    line,
    origin: (rule) => origin(rule, { clock, resolve, sessions: pools }),
    credential: (rule, parts, note) => credential(rule, parts, { ...tools, reveal: noting(reveal, note) }),
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
