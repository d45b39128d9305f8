// Only paths in normal form are routed, so a proxy in front can allow paths by prefix: `/v1/../metrics` is
// refused, not resolved.
//
// Bun resolves dot segments in `request.url` before Gatehouse sees it. Bun's own routes match the path as
// sent, and their parameters contain the sent segments, decoded once. So each known path is a route, which
// matches only its exact spelling. Every other path uses a route with one parameter per segment, and the
// segments are checked there.

import type { Server } from 'bun'
import type { ClientSocket } from './sockets.ts'

export type Handler = (
  request: Request,
  server: Server<ClientSocket>,
  path: string,
) => Promise<Response | undefined>

type Route = (
  request: Request & { params: Record<string, string> },
  server: Server<ClientSocket>,
) => Promise<Response | undefined>

/** Names of models may contain slashes; deeper paths are never served. */
const mostSegments = 24

/** @param known frequent paths, which need no check */
export function routes(known: readonly string[], handle: Handler, refuse: Handler): Record<string, Route> {
  const table: Record<string, Route> = {}
  for (const path of known) table[path] = (request, server) => handle(request, server, path)
  let pattern = ''
  for (let count = 0; count < mostSegments; count += 1) {
    pattern += `/:s${count}`
    table[pattern] = (request, server) =>
      (isNormal(request.params) ? handle : refuse)(request, server, pathOf(request.url))
  }
  return table
}

/**
 * A dot segment, also within an encoded slash, a backslash (a slash to some readers), or a control character.
 */
// oxlint-disable-next-line no-control-regex -- the check looks for them
const isOdd = /(?:^|\/)\.{1,2}(?:$|\/)|[\\\u0000-\u001f\u007f]/

function isNormal(segments: Record<string, string>): boolean {
  for (const name in segments) if (isOdd.test(segments[name] ?? '')) return false
  return true
}

/**
 * `http://host/path?query` → `/path`, without paying for a URL object. Without a Host that Bun can read, the
 * URL is the path alone.
 */
export function pathOf(url: string): string {
  const start = url.startsWith('/') ? 0 : url.indexOf('/', 8)
  if (start < 0) return '/'
  const query = url.indexOf('?', start)
  return query < 0 ? url.slice(start) : url.slice(start, query)
}
