// Where this dialect carries the key: `x-api-key`, or a bearer as with Anthropic's own tokens.

import { bearerOf } from '../../../wire/bearer.ts'

/** For the refusal of a request without a key. */
export const sendAs = '"x-api-key: <key>" or "Authorization: Bearer <key>"'

export function keyOf(request: Request): string | undefined {
  const key = request.headers.get('x-api-key')?.trim()
  return key ? key : bearerOf(request)
}
