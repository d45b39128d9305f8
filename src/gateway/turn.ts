// Between two slices of long work other calls go on.

import { turnEnd } from '../kit/turn.ts'
import type { Call } from './call.ts'

/** @throws GatewayError when the call was stopped meanwhile */
export async function nextTurn({ lifetime }: Call): Promise<void> {
  await turnEnd()
  lifetime.check()
}
