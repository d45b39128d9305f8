// The headers of an upstream request, from what the room wants to say and what the operator adds.

import { GatewayError } from '../contract/errors.ts'

/**
 * Never taken over from a room: what belongs to one connection, what is set here, and every place in which a
 * caller's own Gatehouse key may sit. A room should not pass these on; this is where it cannot.
 */
const withheld: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authorization',
  'content-length',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'cookie',
  'accept-encoding',
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
])

/** Those of them that carry keys. */
export const keyHeaders: readonly string[] = [
  'authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'cookie',
  'proxy-authorization',
]

const ours = 'x-gatehouse-'

/**
 * What every request to one provider carries. Compression is not asked for: it delays events, and undoing it
 * costs more than the bytes of an answer in text. An operator can ask for it again in the provider's
 * `headers`.
 * @param who `provider "openai"`
 * @throws GatewayError `upstream-unreachable` for a value that no header can carry
 */
export function buildFixedHeaders(
  who: string,
  extra: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const standing: Record<string, string> = { 'user-agent': 'gatehouse', 'accept-encoding': 'identity' }
  for (const [name, value] of Object.entries(extra)) {
    if (!headerName.test(name) || !isHeaderValue(value)) {
      throw new GatewayError(
        'upstream-unreachable',
        `${who} cannot be called: its header ${JSON.stringify(name)} is not valid`,
      )
    }
    standing[name.toLowerCase()] = value
  }
  return standing
}

/** The operator's headers win over the room's; the credential is added afterwards. */
export function buildRequestHeaders(
  host: string,
  room: readonly (readonly [string, string])[],
  standing: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = { host }
  for (const [name, value] of room) {
    const lower = name.toLowerCase()
    if (withheld.has(lower) || lower.startsWith(ours)) continue
    const earlier = headers[lower]
    headers[lower] = earlier === undefined ? value : `${earlier}, ${value}`
  }
  return Object.assign(headers, standing)
}

/**
 * RFC 9110 §5.1 and §5.5: a token; visible ASCII, spaces and tabs. Anything else would be an injection or a
 * mistake.
 */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\t\x20-\x7e]*$/

export const isHeaderValue = (text: string): boolean => headerValue.test(text)
