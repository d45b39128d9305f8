// Log-probabilities repeat a response token by token, with its text or after it. Guards read the joined
// tokens on a separate channel. They do not read alternative tokens, which are removed when an edit touches
// the chosen token.

import { elements, members } from '../../../kit/json-spans.ts'
import type { JsonSource, JsonSpan } from '../../../kit/json-spans.ts'
import type { Slot } from '../../wire/slot.ts'

/**
 * @param lists of objects with a `token` each
 * @param form as the form of a slot
 * @returns an empty list when there is no token
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
