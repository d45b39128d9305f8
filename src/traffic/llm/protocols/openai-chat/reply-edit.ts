// Edits of an answer's pieces, carried back to its JSON. What repeats the edited text in another form (logprobs, reasoning details) is blanked.

import type { Edit } from '../../../../contract/content.ts'
import { GatewayError } from '../../../../contract/errors.ts'
import { splice } from '../../../../kit/splice.ts'
import type { Chunk } from './chunk.ts'
import { spliceSlot } from './slot.ts'

/** The chunk's JSON again with spans of its pieces replaced; every other byte stays. */
export function editChunk({ document, choices }: Chunk, edits: readonly Edit[]): Uint8Array {
  for (const { channel } of edits) {
    if (!choices.some(({ slots }) => slots.some((slot) => slot.channel === channel))) throw unknownChannel(channel)
  }
  const splices = choices.flatMap(({ slots, repeats }) => {
    const edited = slots.flatMap((slot) => {
      const own = edits.filter(({ channel }) => channel === slot.channel)
      return own.length === 0 ? [] : spliceSlot(document, slot, own)
    })
    const blanked = edited.length === 0 ? [] : repeats.map(({ span, blank }) => ({ start: span.start, end: span.end, replacement: blank }))
    return [...edited, ...blanked]
  })
  return splice(document.bytes, splices)
}

/** An edit that finds nothing to change would let through what a guard took out. */
export function unknownChannel(channel: string): GatewayError {
  return new GatewayError('internal', `An edit names the channel "${channel}", which is not there.`)
}
