// Edits of pieces, carried back to the JSON that they were read from; every other byte stays.

import type { Edit } from '../../../contract/content.ts'
import { GatewayError } from '../../../contract/errors.ts'
import type { JsonDocument } from '../../../kit/json-spans.ts'
import { splice } from '../../../kit/splice.ts'
import type { AnswerFacts } from './facts.ts'
import { spliceSlot } from './slot.ts'
import type { Slot } from './slot.ts'

/** A request's body again with spans of its slots replaced. */
export function editRequest(document: JsonDocument, slots: readonly Slot[], edits: readonly Edit[]): Uint8Array {
  const unknown = edits.find(({ channel }) => !slots.some((slot) => slot.channel === channel))
  if (unknown) throw unknownChannel(unknown.channel)
  return splice(document.bytes, splicesOf(document, slots, edits))
}

/** An answer's JSON again. What repeats the edited text in another form is blanked. */
export function editAnswer({ document, groups }: AnswerFacts, edits: readonly Edit[]): Uint8Array {
  for (const { channel } of edits) {
    if (!groups.some(({ slots }) => slots.some((slot) => slot.channel === channel))) throw unknownChannel(channel)
  }
  const splices = groups.flatMap(({ slots, repeats }) => {
    const edited = splicesOf(document, slots, edits)
    const blanked = edited.length === 0 ? [] : repeats.map(({ span, blank }) => ({ start: span.start, end: span.end, replacement: blank }))
    return [...edited, ...blanked]
  })
  return splice(document.bytes, splices)
}

function splicesOf(document: JsonDocument, slots: readonly Slot[], edits: readonly Edit[]) {
  return slots.flatMap((slot) => {
    const own = edits.filter(({ channel }) => channel === slot.channel)
    return own.length === 0 ? [] : spliceSlot(document, slot, own)
  })
}

/** An edit that finds nothing to change would let through what a guard took out. */
function unknownChannel(channel: string): GatewayError {
  return new GatewayError('internal', `An edit names the channel "${channel}", which is not there.`)
}
