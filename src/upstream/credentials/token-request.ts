// Sends one request for a token to a token endpoint (RFC 6749 §4.4.2) or to the identity endpoint of a
// machine in Azure. Parses the response (RFC 6749 §5.1, §5.2, and Microsoft's additional members).

import { z } from 'zod'
import { GatewayError } from '../../contract/errors.ts'
import type { Timeouts } from '../../contract/snapshot.ts'
import type { Clock } from '../../kit/clock.ts'
import type { Origin } from '../origin.ts'
import type { CredentialTools } from './credential.ts'
import type { FetchedToken } from './renewing-token.ts'

export interface TokenRequest {
  origin: Origin
  /** With its query. */
  path: string
  headers?: Readonly<Record<string, string>>
  /** Fields of the form. Undefined ones are left out. Absent means a GET. */
  form?: Readonly<Record<string, string | undefined>>
  /** The endpoint, for messages: `The token endpoint of provider "openai"`. */
  asked: string
  /** For messages: `provider "openai"`. */
  provider: string
  /** The settings to check if it refuses: `its client id, secret and scope`. */
  check: string
  clock: Pick<Clock, 'now'>
  send: CredentialTools['send']
}

const timeouts: Timeouts = { connectMs: 5_000, firstTokenMs: 15_000, idleMs: 15_000, totalMs: 20_000 }
const limitBytes = 65_536

/**
 * Tokens are sent in a header. RFC 6750 §2.1 allows b64token, but vendors differ, so any visible ASCII is
 * accepted.
 */
const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  // Some servers send the number as text.
  expires_in: z.coerce.number().positive().optional(),
  // App Service sends the expiry time instead, in seconds since the epoch:
  // https://learn.microsoft.com/azure/app-service/overview-managed-identity
  expires_on: z.coerce.number().positive().optional().catch(undefined),
})

/**
 * The codes of RFC 6749 §5.2 and of Azure's instance metadata are part of the protocol. Any other text of a
 * server may be confidential.
 * https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#error-handling
 */
const errorAnswer = z.object({
  error: z.enum([
    'invalid_request',
    'invalid_client',
    'invalid_grant',
    'unauthorized_client',
    'unsupported_grant_type',
    'invalid_scope',
    'invalid_resource',
    'access_denied',
    'unknown_source',
    'bad_request_102',
  ]),
})

/**
 * Entra ID's numeric codes are much more precise than the texts:
 * https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
const entraCodes = z.object({ error_codes: z.tuple([z.int().positive()], z.unknown()) })

/** @throws GatewayError `upstream-credential` for every failure */
export async function requestToken(request: TokenRequest): Promise<FetchedToken> {
  const { asked, check, clock } = request
  const { status, body } = await exchange(request)
  if (status !== 200)
    throw new GatewayError(
      'upstream-credential',
      `${asked} refused us (${[status, ...codesIn(body)].join(', ')}); check ${check}`,
    )
  const answer = tokenAnswer.safeParse(body)
  if (!answer.success)
    throw new GatewayError('upstream-credential', `${asked} answered without a bearer token`)
  const { access_token: token, expires_in: seconds, expires_on: end } = answer.data
  if (seconds !== undefined) return { token, lifetimeMs: seconds * 1000 }
  return end === undefined ? { token } : { token, lifetimeMs: Math.max(0, end * 1000 - clock.now()) }
}

function codesIn(body: unknown): string[] {
  const told = errorAnswer.safeParse(body)
  const entra = entraCodes.safeParse(body)
  return [
    ...(told.success ? [told.data.error] : []),
    ...(entra.success ? [`AADSTS${entra.data.error_codes[0]}`] : []),
  ]
}

async function exchange({
  origin,
  path,
  headers,
  form,
  provider,
  send,
}: TokenRequest): Promise<{ status: number; body: unknown }> {
  const sent: Record<string, string> = {
    host: origin.host,
    'user-agent': 'gatehouse',
    accept: 'application/json',
    'accept-encoding': 'identity',
    ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
    ...headers,
  }
  const fields = Object.entries(form ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  const body = form && new URLSearchParams(fields).toString()
  try {
    const answer = await send({ origin, method: form ? 'POST' : 'GET', path, headers: sent, body, timeouts })
    const text = new TextDecoder().decode(await answer.bytes(limitBytes))
    return { status: answer.status, body: parsed(text) }
  } catch (cause) {
    const why = cause instanceof GatewayError ? cause.message : 'an unknown fault'
    throw new GatewayError('upstream-credential', `No token for ${provider}: ${why}`, { cause })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
