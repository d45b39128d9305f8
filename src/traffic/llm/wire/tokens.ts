// Log-probabilities spell an answer token by token, with or behind its text: guards read the tokens put
// together, on a channel of their own. Tokens that the model might have chosen instead are not read; they go
// when an edit touches what was chosen.

import { elements, members } from '../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../kit/json-spans.ts'
import type { Slot } from '../../wire/slot.ts'

/**
 * @param lists of objects with a `token` each
 * @param form as a slot's
 * @returns none when there is no token
 */
export function tokenSlot(
  source: JsonSource,
  lists: readonly (JsonSpan | undefined)[],
  channel: string,
  form?: 'whole',
): Slot[] {
  const spans = lists
    .flatMap((list) => (list?.kind === 'array' ? elements(source, list) : []))
    .flatMap((entry) => tokenOf(source, entry))
  return spans.length === 0
    ? []
    : [{ channel, kind: 'text', escaping: 'none', spans, isEcho: true, ...(form ? { form } : {}) }]
}

function tokenOf(source: JsonSource, entry: JsonSpan): JsonSpan[] {
  const token = entry.kind === 'object' ? members(source, entry).get('token') : undefined
  return token?.kind === 'string' ? [token] : []
}
