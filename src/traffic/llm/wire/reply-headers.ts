// Which of a provider's headers the client sees: all but those of the connection, of the body's length and coding, and of the vendor's account.

/** Of one connection (RFC 9110 §7.6.1), or made anew by our own server. */
const perConnection = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'alt-svc',
  'date',
  'server',
  'via',
]

/** The body arrives decoded and may be edited. */
const ofBody = ['content-length', 'content-encoding', 'content-md5', 'digest', 'content-digest', 'etag', 'accept-ranges']

/** They would be obeyed as if they spoke of our own site. */
const ofSite = [
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'content-security-policy',
  'clear-site-data',
  'nel',
  'report-to',
  'expect-ct',
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-expose-headers',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-max-age',
  'location',
  'content-location',
  'refresh',
  'link',
  'service-worker-allowed',
  'sourcemap',
  'x-sendfile',
  'x-reproxy-url',
  'www-authenticate',
  'vary',
]

/** Whose account it is and what is left of it is nobody's business but the operator's. */
const ofAccount = ['openai-organization', 'openai-project', 'x-request-id', 'cf-ray', 'cf-cache-status', 'traceparent', 'tracestate', 'x-amz-cf-id']
/** A proxy in front of us would obey them: nginx serves its own files for `x-accel-redirect`. */
const ofProxies = ['x-accel-', 'x-lighttpd-', 'surrogate-', 'x-forwarded-']
const ofAccountPrefixes = ['x-ratelimit-', 'ratelimit', 'anthropic-ratelimit-', 'x-gatehouse-', 'anthropic-organization-']

const droppedPrefixes = [...ofProxies, ...ofAccountPrefixes]
const dropped = new Set([...perConnection, ...ofBody, ...ofSite, ...ofAccount])

/** @param contentType what we know the body to be, whatever the provider called it */
export function replyHeaders(headers: Headers, contentType: string): [string, string][] {
  const kept: [string, string][] = [['content-type', contentType]]
  headers.forEach((value, name) => {
    if (name === 'content-type' || dropped.has(name) || droppedPrefixes.some((prefix) => name.startsWith(prefix))) return
    kept.push([name, value])
  })
  return kept
}

/** The provider's id for its answer, for support. */
export function upstreamIdOf(headers: Headers): string | undefined {
  for (const name of [
    'x-request-id',
    'request-id',
    'x-generation-id',
    'apim-request-id',
    'mistral-correlation-id',
    'x-ds-trace-id',
    'inference-id',
    'cf-ray',
  ]) {
    const id = headers.get(name)
    if (id !== null && id.length <= 200) return id
  }
  return undefined
}
