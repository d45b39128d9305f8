// Lets other calls run between two slices of long work.

import { turnEnd } from '../kit/turn.ts'
import type { Call } from './call.ts'

/** @throws GatewayError if the call was stopped meanwhile */
export async function nextTurn({ lifetime }: Call): Promise<void> {
  await turnEnd()
  lifetime.check()
}
