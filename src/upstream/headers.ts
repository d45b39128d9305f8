// Builds the headers of an upstream request from those of the traffic module and those of the operator.

import { GatewayError } from '../contract/errors.ts'

/**
 * Headers that are never taken from a traffic module: those of one connection, those that are set here, and every
 * header that may carry a caller's Gatehouse key. Modules should not pass them on, and here they cannot.
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

/** The headers that carry keys. */
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
 * The headers of every request to one provider. Compression is turned off: it delays events, and decompression costs
 * more than the bytes of a text response. An operator can turn it on in the provider's `headers`.
 * @param who `provider "openai"`
 * @throws GatewayError `upstream-unreachable` for a value that is not valid in a header
 */
export function buildFixedHeaders(
  who: string,
  extra: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const fixedHeaders: Record<string, string> = { 'user-agent': 'gatehouse', 'accept-encoding': 'identity' }
  for (const [name, value] of Object.entries(extra)) {
    if (!headerName.test(name) || !isHeaderValue(value)) {
      throw new GatewayError(
        'upstream-unreachable',
        `${who} cannot be called: its header ${JSON.stringify(name)} is not valid`,
      )
    }
    fixedHeaders[name.toLowerCase()] = value
  }
  return fixedHeaders
}

/** The operator's headers replace those of the module. The credential is added afterwards. */
export function buildRequestHeaders(
  host: string,
  moduleHeaders: readonly (readonly [string, string])[],
  fixedHeaders: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers: Record<string, string> = { host }
  for (const [name, value] of moduleHeaders) {
    const lower = name.toLowerCase()
    if (withheld.has(lower) || lower.startsWith(ours)) continue
    const earlier = headers[lower]
    headers[lower] = earlier === undefined ? value : `${earlier}, ${value}`
  }
  return Object.assign(headers, fixedHeaders)
}

/**
 * RFC 9110 §5.1 and §5.5: a token; visible ASCII, spaces and tabs. Any other character is an injection or a mistake.
 */
const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const headerValue = /^[\t\x20-\x7e]*$/

export const isHeaderValue = (text: string): boolean => headerValue.test(text)
