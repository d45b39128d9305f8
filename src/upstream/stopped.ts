// The error of a call that was stopped from our side.

import { GatewayError } from '../contract/errors.ts'
import type { StopSignal } from '../kit/stop.ts'

/**
 * The signal's own reason if it is one of our errors (`revoked`, `killed`, `draining`). Otherwise the client has
 * disconnected.
 */
export function stopped(signal: Pick<StopSignal, 'reason'>): GatewayError {
  if (signal.reason instanceof GatewayError) return signal.reason
  return new GatewayError('client-gone', 'The call was stopped before the provider responded.')
}
