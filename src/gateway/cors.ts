// CORS for the data plane: off unless configured, never with credentials (keys are sent in headers, cookies
// are not used).

export interface Cors {
  /** Exact origins, or `*`. */
  origins: readonly string[]
}

const dayInSeconds = '86400'

export function respondToPreflight(request: Request, origin: string, cors: Cors): Response {
  if (!isAllowed(origin, cors)) return new Response(null, { status: 403 })
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers':
        request.headers.get('access-control-request-headers') ?? 'authorization, content-type',
      'access-control-max-age': dayInSeconds,
      vary: 'origin',
    },
  })
}

export function addCorsHeaders(response: Response, origin: string, cors: Cors): Response {
  if (!isAllowed(origin, cors)) return response
  response.headers.set('access-control-allow-origin', origin)
  response.headers.set('access-control-expose-headers', exposed)
  response.headers.append('vary', 'origin')
  return response
}

/** Our own headers, and those that official SDKs read from a response. */
const exposed =
  'x-gatehouse-exchange, x-gatehouse-target, x-gatehouse-losses, x-gatehouse-run, x-request-id, request-id, retry-after, retry-after-ms, x-should-retry'

const isAllowed = (origin: string, cors: Cors) => cors.origins.includes('*') || cors.origins.includes(origin)
