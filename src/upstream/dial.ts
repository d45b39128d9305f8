// Dials a provider: its base URL, extra headers, credential and time-outs around one request. Start reading
// upstream/ here.

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
import { Unsaid } from './unsaid.ts'

/** What a provider's rule becomes; made once per rule, so that a new snapshot brings a new one. */
interface Wired {
  origin: Origin
  credential: Credential
  standing: Readonly<Record<string, string>>
  secrets: Secrets
  /** In lower case. */
  secretHeaders: readonly string[]
}

export interface DialParts {
  line: Line
  origin(rule: OriginRule): Origin
  /** @param note is told every secret that it uses */
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
      standing: buildFixedHeaders(name, provider.headers),
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
    const answer = await attempt(request, outgoing, wired, parts.line, request)
    if (answer.status !== 401 || request.mayRepeat?.() === false || !credential.renew?.(outgoing))
      return quiet(answer, outgoing, wired, request)
    // What was refused was not served and is not billed, so a second try with a fresh token is safe.
    await answer.body.cancel()
    const again = address(request, wired)
    return quiet(await attempt(request, again, wired, parts.line, undefined), again, wired, request)
  }
}

/** A response does not tell the caller our credential. */
function quiet(
  answer: UpstreamResponse,
  { headers }: Outgoing,
  { secrets, secretHeaders }: Wired,
  request: UpstreamRequest,
): UpstreamResponse {
  for (const name of secretHeaders) {
    const value = headers[name]
    // `Bearer sk-…`
    if (value !== undefined) secrets.note(value.slice(value.lastIndexOf(' ') + 1))
  }
  const echo = secrets.echo(answer.status)
  return echo ? new Unsaid(answer, echo, request) : answer
}

/** Those that carry a key, ours or the operator's own. */
function secretHeadersOf({ credential, headers }: DestinationRule): string[] {
  const own = credential.settings['header']?.toLowerCase()
  const added = Object.keys(headers).filter((name) => /key|token|secret|auth/i.test(name))
  return [...keyHeaders, ...(own === undefined ? [] : [own]), ...added.map((name) => name.toLowerCase())]
}

function address(
  { method, path, headers, body, callerHeaders, subject }: UpstreamRequest,
  { origin, standing }: Wired,
): Outgoing {
  const whole = origin.path + checkedPath(path) || '/'
  return {
    method,
    path: whole,
    headers: buildRequestHeaders(origin.host, headers, standing),
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

/** Dot segments (also as `%2e`), backslashes and fragments would lead a model's name out of the base URL. */
const leadsAway = /(^|\/)(\.|%2e){1,2}($|[/?])|[\\#\s]/i

function checkedPath(path: string): string {
  if (path === '' || (path.startsWith('/') && !leadsAway.test(path))) return path
  throw new GatewayError(
    'bad-request',
    `The path ${JSON.stringify(path.slice(0, 100))} is not below the provider's url; check the model's name.`,
  )
}
