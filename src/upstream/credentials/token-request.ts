// One request to a token endpoint (RFC 6749 §4.4.2) and the reading of its answer (§5.1, §5.2).

import { z } from 'zod'
import { GatewayError } from '../../contract/errors.ts'
import type { Timeouts } from '../../contract/traffic.ts'
import type { Origin } from '../origin.ts'
import type { CredentialTools } from './credential.ts'
import type { FetchedToken } from './renewing-token.ts'

interface TokenRequest {
  origin: Origin
  tokenUrl: string
  settings: Readonly<Record<string, string>>
  secret: string
  provider: string
  send: CredentialTools['send']
}

const timeouts: Timeouts = { connectMs: 5_000, firstTokenMs: 15_000, idleMs: 15_000, totalMs: 20_000 }
const limitBytes = 65_536

/** Tokens go into a header (RFC 6750 §2.1: b64token, but vendors differ: visible ASCII). */
const tokenAnswer = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  token_type: z.string().regex(/^bearer$/i),
  // Some servers send the number as text.
  expires_in: z.coerce.number().positive().optional(),
})

/** The codes of RFC 6749 §5.2 are words of the protocol; anything else that a server says may hold what is not for others. */
const errorAnswer = z.object({
  error: z.enum(['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope']),
})

/** @throws GatewayError `upstream-credential` whatever went wrong */
export async function tokenRequest(asked: TokenRequest): Promise<FetchedToken> {
  const { provider } = asked
  const { status, body } = await exchange(asked)
  if (status !== 200) {
    const told = errorAnswer.safeParse(body)
    const why = told.success ? `${status}, ${told.data.error}` : String(status)
    throw new GatewayError('upstream-credential', `The token endpoint of ${provider} refused us (${why}); check its client id, secret and scope`)
  }
  const answer = tokenAnswer.safeParse(body)
  if (!answer.success) throw new GatewayError('upstream-credential', `The token endpoint of ${provider} answered without a bearer token`)
  const { access_token: token, expires_in: seconds } = answer.data
  return seconds === undefined ? { token } : { token, lifetimeMs: seconds * 1000 }
}

async function exchange({ origin, tokenUrl, settings, secret, provider, send }: TokenRequest): Promise<{ status: number; body: unknown }> {
  const { pathname, search } = new URL(tokenUrl)
  const isPost = settings.authentication === 'post'
  const { clientId = '', scope, audience, resource } = settings
  const fields = { grant_type: 'client_credentials', scope, audience, resource, ...(isPost ? { client_id: clientId, client_secret: secret } : {}) }
  const form = new URLSearchParams(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
  const headers: Record<string, string> = {
    host: origin.host,
    'user-agent': 'gatehouse',
    accept: 'application/json',
    'accept-encoding': 'identity',
    'content-type': 'application/x-www-form-urlencoded',
  }
  if (!isPost) headers.authorization = `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(secret)}`)}`
  try {
    const answer = await send({ origin, method: 'POST', path: pathname + search, headers, body: form.toString(), timeouts })
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

/** RFC 6749 §2.3.1: id and secret are form-encoded before they are joined. */
const formEncoded = (text: string): string => new URLSearchParams({ '': text }).toString().slice(1)
