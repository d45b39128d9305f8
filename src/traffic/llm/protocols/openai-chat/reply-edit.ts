// Edits of an answer's pieces, carried back to its JSON. What repeats the edited text in another form (logprobs, reasoning details) is blanked.

import type { Edit } from '../../../../contract/content.ts'
import { GatewayError } from '../../../../contract/errors.ts'
import { splice } from '../../../../kit/splice.ts'
import type { Chunk } from './chunk.ts'
import { unreadSlot } from './reply-content.ts'
import { byChannel, spliceSlot } from './slot.ts'
import type { Slot } from './slot.ts'

/** The chunk's JSON again with spans of its pieces replaced; every other byte stays. */
export function editChunk(chunk: Chunk, edits: readonly Edit[]): Uint8Array {
  const { document, choices } = chunk
  const groups = byChannel(edits)
  const spliced = (slot: Slot) => {
    const own = groups.get(slot.channel)
    // Two choices of one index have the same channels, and nobody can tell whose text an edit means.
    groups.delete(slot.channel)
    return own ? spliceSlot(document, slot, own) : []
  }
  if (edits.length > 0 && new Set(choices.map(({ index }) => index)).size < choices.length) throw unknownChannel('choice')
  const splices = choices.flatMap(({ slots, repeats }) => {
    const edited = slots.flatMap(spliced)
    const blanked = edited.length === 0 ? [] : repeats.map(({ span, blank }) => ({ start: span.start, end: span.end, replacement: blank }))
    return [...edited, ...blanked]
  })
  const unread = groups.has('fields') ? unreadSlot(chunk) : undefined
  if (unread) splices.push(...spliced(unread))
  const [unknown] = groups.keys()
  if (unknown !== undefined) throw unknownChannel(unknown)
  return splice(document.bytes, splices)
}

/** An edit that finds nothing to change would let through what a guard took out. */
export function unknownChannel(channel: string): GatewayError {
  return new GatewayError('internal', `An edit names the channel "${channel}", which is not there.`)
}
