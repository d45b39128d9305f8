// Where this dialect carries the key: `x-goog-api-key`, a bearer as at all other endpoints, or `?key=` in the
// address, which goes no further than here.

import { bearerOf } from '../../../wire/bearer.ts'

/** For the refusal of a request without a key. */
export const sendAs = '"x-goog-api-key: <key>" or "Authorization: Bearer <key>"'

export const keyOf = (request: Request): string | undefined =>
  ownHeader(request) ?? bearerOf(request) ?? inQuery(request)

/**
 * Does the client speak this dialect, by where its key stands? For paths that other dialects have, too: a
 * bearer says nothing.
 */
export const bringsKey = (request: Request): boolean => (ownHeader(request) ?? inQuery(request)) !== undefined

const ownHeader = ({ headers }: Request): string | undefined =>
  headers.get('x-goog-api-key')?.trim() || undefined

function inQuery({ url }: Request): string | undefined {
  // Most calls have no query but `alt=sse`.
  if (!/[?&]key=/.test(url)) return undefined
  return new URL(url).searchParams.get('key')?.trim() || undefined
}
