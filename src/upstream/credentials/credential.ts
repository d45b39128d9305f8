// What a kind of credential is: a schema for the configuration and a way to put it on a request.

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
 * The clear text of a secret; undefined when there is none (an unset variable, a missing file). Cheap: asked
 * on each call.
 */
export type Reveal = (secret: SecretRef) => string | undefined

/** A request before it leaves. `apply` changes `headers`, whose names are in lower case. */
export interface Outgoing {
  readonly method: string
  /** The whole path with its query, as it will stand on the wire. */
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: Uint8Array | string | undefined
  readonly callerHeaders: Headers | undefined
  /** On whose behalf. */
  readonly subject: Subject | undefined
}

export interface Credential {
  /**
   * Puts itself on the request; at once, unless something has to be fetched.
   * @throws GatewayError `upstream-credential`
   */
  apply(outgoing: Outgoing): void | Promise<void>
  /**
   * The provider answered 401 to this request: drops what can be fetched anew. True when a second try makes
   * sense.
   */
  renew?(refused: Outgoing): boolean
}

/** What belongs to the provider. */
export interface CredentialParts {
  /** For messages: `provider "openai"`. */
  provider: string
  /** Another address of the same configuration (`token endpoint`), under the same address check. */
  originOf: (what: string, url: string) => Origin
  /**
   * The endpoint that gives out the identity of the machine that we run on: the one place at a link-local
   * address that may be dialed, and only for providers of the operator's own file.
   */
  identityOriginOf: (url: string) => Origin
}

/** What all credentials share. */
export interface CredentialTools {
  clock: Clock
  reveal: Reveal
  send: (sending: Omit<Sending, 'signal'>) => Promise<UpstreamResponse>
}

export interface CredentialKind {
  kind: string
  /** Of the block in the configuration, `kind` included. */
  schema: z.ZodObject
  /**
   * Fields of the schema that hold secrets: compiled to references in `rule.secrets`; all others go to
   * `rule.settings`.
   */
  secrets: readonly string[]
  prepare(rule: CredentialRule, parts: CredentialParts, tools: CredentialTools): Credential
}

/** @throws GatewayError `upstream-credential` without the secret */
export function requiredSecret(
  rule: CredentialRule,
  field: string,
  provider: string,
  reveal: Reveal,
): string {
  const reference = rule.secrets[field]
  // Files end in a newline that nobody meant.
  const secret = reference && reveal(reference)?.trim()
  if (secret) return secret
  throw new GatewayError(
    'upstream-credential',
    `${provider} has no credential: its "${field}" is not set; the operator must set it`,
  )
}

/** The same for a secret that goes into a header as it is. */
export function headerSecret(rule: CredentialRule, field: string, provider: string, reveal: Reveal): string {
  const secret = requiredSecret(rule, field, provider, reveal)
  if (isHeaderValue(secret)) return secret
  throw new GatewayError(
    'upstream-credential',
    `${provider} has an invalid credential: its "${field}" contains characters that are not valid in a header`,
  )
}

/** Puts a key where the provider looks for it: `authorization: Bearer …`, or bare in a header of its own. */
export function putKey(outgoing: Outgoing, header: string, prefix: string | undefined, key: string) {
  const word = prefix ?? (header === 'authorization' ? 'Bearer' : '')
  outgoing.headers[header] = word === '' ? key : `${word} ${key}`
}
