// The response to an unknown path. A wrong base URL is the most frequent mistake of new clients. The response
// uses the client's most likely dialect, and names the right base URL.
//
// Clients append a path of their own (`/chat/completions`) to the base URL that people set. So the end of the
// path identifies the intended endpoint, and its beginning is the wrong base URL.

import type { Endpoint } from '../contract/endpoint.ts'
import { GatewayError } from '../contract/errors.ts'

/** Characters of a path that a message repeats. */
const longestPath = 200

export function refuseUnknownPath(request: Request, path: string, endpoints: readonly Endpoint[]): Response {
  const usable = endpoints.filter(
    (endpoint) => endpoint.method === request.method && (!endpoint.accepts || endpoint.accepts(request)),
  )
  const segments = segmentsOf(path)
  const guesses = usable.flatMap((endpoint) => guess(endpoint, segments) ?? [])
  const best = guesses.find(({ base }) => base !== undefined) ?? guesses[0]
  const [first] = segments
  const endpoint =
    best?.endpoint ?? endpoints.find((one) => segmentsOf(one.path)[0] === first) ?? endpoints[0]
  const error = new GatewayError('not-found', messageOf(request, path, best))
  if (endpoint) return endpoint.refuse(error)
  return Response.json({ error: { code: error.code, message: error.message } }, { status: 404 })
}

interface Guess {
  endpoint: Endpoint
  /** The path that the endpoint has. */
  path: string
  /** The base URL that the client uses. Absent: the path does not show what the client appended. */
  base?: string
}

function messageOf({ method, url }: Request, path: string, best: Guess | undefined): string {
  const shown = path.length > longestPath ? `${path.slice(0, longestPath)}…` : path
  const nothing = `There is no endpoint at ${shown}`
  if (!best) return `${nothing}. docs/reference/paths.md lists the paths of Gatehouse.`
  const use = `${nothing}; use ${method} ${best.path}.`
  const { clientBase = '' } = best.endpoint
  if (best.base === undefined || best.base === clientBase) return use
  const { origin } = new URL(url, 'http://gatehouse')
  return `${use} Set the base URL of the client to ${origin}${clientBase}, not ${origin}${best.base}.`
}

/** An endpoint is intended if the path ends with all of the endpoint's segments except the API version. */
function guess(endpoint: Endpoint, path: readonly string[]): Guess | undefined {
  const isPrefix = endpoint.path.endsWith('*')
  const own = segmentsOf(isPrefix ? endpoint.path.slice(0, -1) : endpoint.path)
  const needed = Math.max(1, own.length - 1)
  const appended = own.length - segmentsOf(endpoint.clientBase ?? '').length
  // The rest of a prefix endpoint's path is its own, such as the name of a model.
  const ends = isPrefix ? [...path.keys()].slice(1).toReversed() : [path.length]
  for (const end of ends) {
    const agreed = agreeing(own, path.slice(0, end))
    if (agreed < needed) continue
    return {
      endpoint,
      path: pathFrom([...own, ...path.slice(end)]),
      ...(agreed >= appended && { base: pathFrom(path.slice(0, end - appended)) }),
    }
  }
  return undefined
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '')
const pathFrom = (segments: readonly string[]): string => segments.map((segment) => `/${segment}`).join('')

/** The number of equal segments, counted from the end. */
function agreeing(left: readonly string[], right: readonly string[]): number {
  let count = 0
  while (count < left.length && count < right.length && left.at(-1 - count) === right.at(-1 - count))
    count += 1
  return count
}
