// Maps Anthropic's stop reasons to our names.
// https://docs.claude.com/en/api/handling-stop-reasons

import type { Finish } from '../../../../contract/usage.ts'
import { unknownFinish } from '../../wire/finish.ts'
import type { JsonObject } from '../../../../kit/json.ts'

const unified: Readonly<Record<string, Finish['unified']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  // A long turn of server tools. The client continues it by sending it back.
  pause_turn: 'other',
}

export function readFinish(raw: string): Finish {
  return { unified: (Object.hasOwn(unified, raw) ? unified[raw] : undefined) ?? unknownFinish(raw), raw }
}

const stopReasons: Readonly<Record<Finish['unified'], string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  // Never written: a failed response ends in an error (translate/source.ts).
  error: 'end_turn',
  other: 'end_turn',
}

/** The stop reason in this dialect: the raw reason if Anthropic has it. */
function stopReasonOf({ unified: kind, raw }: Finish): string {
  return Object.hasOwn(unified, raw) ? raw : stopReasons[kind]
}

/**
 * The members of a message that report why it ended.
 * @param hasCalls some vendors report `stop` after a tool call; clients would not run the tool
 */
export function writeFinish(
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
