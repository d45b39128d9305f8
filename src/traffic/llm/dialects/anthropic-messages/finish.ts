// Why an answer ended, in our words beside Anthropic's. https://docs.claude.com/en/api/handling-stop-reasons

import type { Finish } from '../../../../contract/usage.ts'
import { unknownFinish } from '../../wire/finish.ts'

const unified: Readonly<Record<string, Finish['unified']>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  // a long turn of server tools, to be continued by sending it back
  pause_turn: 'other',
}

export function finishOf(raw: string): Finish {
  return { unified: (Object.hasOwn(unified, raw) ? unified[raw] : undefined) ?? unknownFinish(raw), raw }
}

const words: Readonly<Record<Finish['unified'], string>> = {
  stop: 'end_turn',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  // never written: an answer that failed ends in an error (translate/source.ts)
  error: 'end_turn',
  other: 'end_turn',
}

/** The stop reason that says it here: Anthropic's own word where it is one. */
export function stopReasonOf({ unified: kind, raw }: Finish): string {
  return Object.hasOwn(unified, raw) ? raw : words[kind]
}
