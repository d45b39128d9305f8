// A credential that is a temporary token. It is added to each request as `authorization: Bearer …`, and
// dropped if it is refused.

import type { Clock } from '../../kit/clock.ts'
import { type Credential, putKey } from './credential.ts'
import { type FetchedToken, createRenewingToken } from './renewing-token.ts'

/** @param fetchToken called once for all waiting calls; rejects with a GatewayError `upstream-credential` */
export function createTokenCredential(clock: Clock, fetchToken: () => Promise<FetchedToken>): Credential {
  const token = createRenewingToken(clock, fetchToken)
  return {
    apply(outgoing) {
      const current = token.current()
      if (typeof current === 'string') return putKey(outgoing, 'authorization', undefined, current)
      return current.then((fetched) => putKey(outgoing, 'authorization', undefined, fetched))
    },
    renew: (refused) => token.drop(refused.headers.authorization?.slice('Bearer '.length) ?? ''),
  }
}
