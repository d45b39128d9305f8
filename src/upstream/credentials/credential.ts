// A kind of credential: a schema for the configuration, and a function that adds it to a request.

import type { z } from 'zod'
import { GatewayError } from '../../contract/errors.ts'
import type { CredentialRule, SecretRef } from '../../contract/snapshot.ts'
import type { Subject } from '../../contract/subject.ts'
import type { UpstreamResponse } from '../../contract/upstream.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Sending } from '../sending.ts'
import { isHeaderValue } from '../headers.ts'
import type { Origin } from '../origin.ts'

/**
 * The clear text of a secret; undefined if there is none (an unset variable, a missing file). It must be
 * cheap, because each call uses it.
 */
export type Reveal = (secret: SecretRef) => string | undefined

/** A request before it leaves. `apply` changes `headers`, whose names are in lower case. */
export interface Outgoing {
  readonly method: string
  /** The whole path with its query, as it will be sent. */
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: Uint8Array | string | undefined
  readonly callerHeaders: Headers | undefined
  /** The caller of the request. */
  readonly subject: Subject | undefined
}

export interface Credential {
  /**
   * Adds itself to the request, at once unless it must fetch something.
   * @throws GatewayError `upstream-credential`
   */
  apply(outgoing: Outgoing): void | Promise<void>
  /**
   * The provider returned 401 for this request. Drops what can be fetched again. Returns whether a second try
   * makes sense.
   */
  renew?(refused: Outgoing): boolean
}

/** The parts that belong to the provider. */
export interface CredentialParts {
  /** For messages: `provider "openai"`. */
  provider: string
  /** Another address of the same configuration (`token endpoint`), under the same address check. */
  originOf: (what: string, url: string) => Origin
  /**
   * The endpoint that serves the identity of this machine. It is the only link-local address that may be
   * dialed, and only for providers of the operator's own file.
   */
  identityOriginOf: (url: string) => Origin
}

/** The dependencies of all credentials. */
export interface CredentialTools {
  clock: Clock
  reveal: Reveal
  send: (sending: Omit<Sending, 'signal'>) => Promise<UpstreamResponse>
}

export interface CredentialKind {
  kind: string
  /** The schema of the block in the configuration, including `kind`. */
  schema: z.ZodObject
  /**
   * The fields of the schema with secrets. They are compiled to references in `rule.secrets`; all others go
   * to `rule.settings`.
   */
  secrets: readonly string[]
  prepare(rule: CredentialRule, parts: CredentialParts, tools: CredentialTools): Credential
}

/** @throws GatewayError `upstream-credential` if the secret is missing */
export function requiredSecret(
  rule: CredentialRule,
  field: string,
  provider: string,
  reveal: Reveal,
): string {
  const reference = rule.secrets[field]
  // Files usually end in a newline that is not part of the secret.
  const secret = reference && reveal(reference)?.trim()
  if (secret) return secret
  throw new GatewayError(
    'upstream-credential',
    `${provider} has no credential: its "${field}" is not set; the operator must set it`,
  )
}

/** The same for a secret that is sent in a header unchanged. */
export function headerSecret(rule: CredentialRule, field: string, provider: string, reveal: Reveal): string {
  const secret = requiredSecret(rule, field, provider, reveal)
  if (isHeaderValue(secret)) return secret
  throw new GatewayError(
    'upstream-credential',
    `${provider} has an invalid credential: its "${field}" contains characters that are not valid in a header`,
  )
}

/** Adds a key where the provider expects it: `authorization: Bearer …`, or alone in a separate header. */
export function putKey(outgoing: Outgoing, header: string, prefix: string | undefined, key: string) {
  const word = prefix ?? (header === 'authorization' ? 'Bearer' : '')
  outgoing.headers[header] = word === '' ? key : `${word} ${key}`
}
