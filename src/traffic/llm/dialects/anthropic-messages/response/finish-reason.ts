// Why the answer ended, as the members of a message that say so.

import type { Finish } from '../../../../../contract/usage.ts'
import type { JsonObject } from '../../../../../kit/json.ts'
import { stopReasonOf } from '../finish.ts'

/** @param hasCalls some vendors say `stop` behind a tool call, and clients would not run it */
export function finishReason(
  finish: Finish | undefined,
  stopSequence: string | undefined,
  hasCalls: boolean,
): JsonObject {
  const reason =
    stopSequence !== undefined ? 'stop_sequence' : finish === undefined ? 'end_turn' : stopReasonOf(finish)
  return {
    stop_reason: reason === 'end_turn' && hasCalls ? 'tool_use' : reason,
    stop_sequence: stopSequence ?? null,
  }
}
