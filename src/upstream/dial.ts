// Dials a provider: its base URL, extra headers, credential and time-outs around one request. Start reading upstream/ here.

import { GatewayError } from '../contract/errors.ts'
import type { ProviderRule } from '../contract/snapshot.ts'
import type { Dial, UpstreamRequest, UpstreamResponse } from '../contract/upstream.ts'
import { bounded } from './bounded.ts'
import type { Credential, CredentialParts, Outgoing } from './credentials/index.ts'
import { type Line, send } from './fetch.ts'
import { outgoingHeaders, standingHeaders } from './headers.ts'
import type { Origin, OriginRule } from './origin.ts'

/** What a provider's rule becomes; made once per rule, so that a new snapshot brings a new one. */
interface Wired {
  origin: Origin
  credential: Credential
  standing: Readonly<Record<string, string>>
}

export interface DialParts {
  line: Line
  origin(rule: OriginRule): Origin
  credential(rule: ProviderRule['credential'], parts: CredentialParts): Credential
}

export function dialer(parts: DialParts): Dial {
  const wiredRules = new WeakMap<ProviderRule, Wired>()

  function wire(provider: ProviderRule): Wired {
    const name = `provider "${provider.name}"`
    const { allowsPrivateAddress } = provider
    const wired: Wired = {
      origin: parts.origin({ name, url: provider.baseUrl, allowsPrivateAddress }),
      standing: standingHeaders(name, provider.headers),
      credential: parts.credential(provider.credential, {
        provider: name,
        originOf: (what, url) => parts.origin({ name: `the ${what} of ${name}`, url, allowsPrivateAddress }),
      }),
    }
    wiredRules.set(provider, wired)
    return wired
  }

  return async function dial(request) {
    const wired = wiredRules.get(request.provider) ?? wire(request.provider)
    const { credential } = wired
    const first = await attempt(request, wired, parts.line, request.onSent)
    if (first.response.status !== 401 || !credential.renew?.(first.outgoing)) return first.response
    // What was refused was not served and is not billed, so a second try with a fresh token is safe.
    await first.response.body.cancel()
    return (await attempt(request, wired, parts.line, undefined)).response
  }
}

async function attempt(
  request: UpstreamRequest,
  { origin, credential, standing }: Wired,
  line: Line,
  onSent: (() => void) | undefined,
): Promise<{ outgoing: Outgoing; response: UpstreamResponse }> {
  const { method, body, timeouts, signal, callerHeaders } = request
  const path = origin.path + checkedPath(request.path)
  const outgoing: Outgoing = { method, path, headers: outgoingHeaders(origin.host, request.headers, standing), body, callerHeaders }
  const applied = credential.apply(outgoing)
  if (applied) await bounded(applied, line.clock, timeouts.totalMs, signal, () => noCredentialInTime(origin.name))
  const { headers } = outgoing
  return { outgoing, response: await send({ origin, method, path, headers, body, timeouts, signal, onSent }, line) }
}

const noCredentialInTime = (who: string) => new GatewayError('upstream-credential', `${who}: no credential was obtained in time`)

/** Dot segments (also as `%2e`), backslashes and fragments would lead a model's name out of the base URL. */
const leadsAway = /(^|\/)(\.|%2e){1,2}($|[/?])|[\\#\s]/i

function checkedPath(path: string): string {
  if (path.startsWith('/') && !leadsAway.test(path)) return path
  throw new GatewayError('bad-request', `The path ${JSON.stringify(path.slice(0, 100))} is not one below a provider's url; check the model's name.`)
}
