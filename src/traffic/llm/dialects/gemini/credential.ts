// Where this dialect carries the key: `x-goog-api-key`, or `?key=` in the address, which goes no further than here.

export function keyOf(request: Request): string | undefined {
  const key = request.headers.get('x-goog-api-key')?.trim()
  if (key) return key
  // Most calls have no query but `alt=sse`.
  if (!/[?&]key=/.test(request.url)) return undefined
  const inQuery = new URL(request.url).searchParams.get('key')?.trim()
  return inQuery ? inQuery : undefined
}

/** Does the client speak this dialect, by where its key stands? For paths that other dialects have, too. */
export const bringsKey = (request: Request): boolean => keyOf(request) !== undefined
