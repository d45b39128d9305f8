// Dials a provider: adds its base URL, headers, credential and time-outs to one request. Start reading upstream/
// here.

import { GatewayError } from '../contract/errors.ts'
import type { DestinationRule } from '../contract/snapshot.ts'
import type { Dial, UpstreamRequest, UpstreamResponse } from '../contract/upstream.ts'
import { waitForShared } from './bounded.ts'
import type { Credential, CredentialParts, Outgoing } from './credentials/index.ts'
import { keyHeaders, buildRequestHeaders, buildFixedHeaders } from './headers.ts'
import type { Origin, OriginRule } from './origin.ts'
import { Secrets } from './secrets.ts'
import { send } from './send.ts'
import type { Line } from './sending.ts'
import { RedactedResponse } from './redacted-response.ts'

/** The prepared rule of a provider. It is made once per rule, so a new snapshot gets a new one. */
interface Wired {
  origin: Origin
  credential: Credential
  fixedHeaders: Readonly<Record<string, string>>
  secrets: Secrets
  /** In lower case. */
  secretHeaders: readonly string[]
}

export interface DialParts {
  line: Line
  origin(rule: OriginRule): Origin
  /** @param note called with every secret that the credential uses */
  credential(
    rule: DestinationRule['credential'],
    parts: CredentialParts,
    note: (secret: string) => void,
  ): Credential
}

export function createDial(parts: DialParts): Dial {
  const wiredRules = new WeakMap<DestinationRule, Wired>()

  function wire(provider: DestinationRule): Wired {
    const name = `provider "${provider.name}"`
    const { allowsPrivateAddress } = provider
    const secrets = new Secrets()
    const wired: Wired = {
      origin: parts.origin({ name, url: provider.baseUrl, allowsPrivateAddress }),
      fixedHeaders: buildFixedHeaders(name, provider.headers),
      credential: parts.credential(
        provider.credential,
        {
          provider: name,
          originOf: (what, url) =>
            parts.origin({ name: `the ${what} of ${name}`, url, allowsPrivateAddress }),
          identityOriginOf: (url) =>
            parts.origin({
              name: `the identity endpoint of ${name}`,
              url,
              allowsPrivateAddress,
              isIdentityEndpoint: true,
            }),
        },
        (secret) => secrets.note(secret),
      ),
      secrets,
      secretHeaders: secretHeadersOf(provider),
    }
    wiredRules.set(provider, wired)
    return wired
  }

  return async function dial(request) {
    const wired = wiredRules.get(request.provider) ?? wire(request.provider)
    const { credential } = wired
    const outgoing = address(request, wired)
    const response = await attempt(request, outgoing, wired, parts.line, request)
    if (response.status !== 401 || request.mayRepeat?.() === false || !credential.renew?.(outgoing))
      return redactSecrets(response, outgoing, wired, request)
    // A refused request was not served and is not billed, so a second try with a new token is safe.
    await response.body.cancel()
    const again = address(request, wired)
    return redactSecrets(await attempt(request, again, wired, parts.line, undefined), again, wired, request)
  }
}

/** Removes our credential from a response. */
function redactSecrets(
  response: UpstreamResponse,
  { headers }: Outgoing,
  { secrets, secretHeaders }: Wired,
  request: UpstreamRequest,
): UpstreamResponse {
  for (const name of secretHeaders) {
    const value = headers[name]
    // `Bearer sk-…`
    if (value !== undefined) secrets.note(value.slice(value.lastIndexOf(' ') + 1))
  }
  const echo = secrets.echo(response.status)
  return echo ? new RedactedResponse(response, echo, request) : response
}

/** The headers that carry a key, ours or the operator's own. */
function secretHeadersOf({ credential, headers }: DestinationRule): string[] {
  const own = credential.settings['header']?.toLowerCase()
  const added = Object.keys(headers).filter((name) => /key|token|secret|auth/i.test(name))
  return [...keyHeaders, ...(own === undefined ? [] : [own]), ...added.map((name) => name.toLowerCase())]
}

function address(
  { method, path, headers, body, callerHeaders, subject }: UpstreamRequest,
  { origin, fixedHeaders }: Wired,
): Outgoing {
  const whole = origin.path + checkedPath(path) || '/'
  return {
    method,
    path: whole,
    headers: buildRequestHeaders(origin.host, headers, fixedHeaders),
    body,
    callerHeaders,
    subject,
  }
}

function attempt(
  request: UpstreamRequest,
  outgoing: Outgoing,
  wired: Wired,
  line: Line,
  observer: UpstreamRequest | undefined,
): Promise<UpstreamResponse> {
  const { origin, credential } = wired
  const { timeouts, signal } = request
  const { method, path, headers, body } = outgoing
  const sending = { origin, method, path, headers, body, timeouts, signal, observer }
  const applied = credential.apply(outgoing)
  if (!applied) return send(sending, line)
  return waitForShared(applied, line.clock, timeouts.totalMs, signal, () =>
    noCredentialInTime(origin.name),
  ).then(() => send(sending, line))
}

const noCredentialInTime = (who: string) =>
  new GatewayError('upstream-credential', `${who}: no credential was obtained in time`)

/** With dot segments (`%2e`, too), backslashes or fragments, a model's name could leave the base URL. */
const leadsAway = /(^|\/)(\.|%2e){1,2}($|[/?])|[\\#\s]/i

function checkedPath(path: string): string {
  if (path === '' || (path.startsWith('/') && !leadsAway.test(path))) return path
  throw new GatewayError(
    'bad-request',
    `The path ${JSON.stringify(path.slice(0, 100))} is not below the provider's url; check the model's name.`,
  )
}
