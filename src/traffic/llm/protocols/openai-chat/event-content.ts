// Reads a stream event by event with its pieces, for guards: depth `content`.

import type { Piece } from '../../../../contract/content.ts'
import type { ReplyPiece } from '../../../../contract/traffic.ts'
import { replaceData } from '../../../../kit/sse.ts'
import type { EventBatch } from '../../../../kit/sse-splitter.ts'
import { readChunk } from './chunk.ts'
import type { Chunk } from './chunk.ts'
import { unreadSlot } from './reply-content.ts'
import { editChunk } from './reply-edit.ts'
import { slotText } from './slot.ts'
import type { Slot } from './slot.ts'
import { isDone, pieceOfFacts, readNext, rewordFault } from './event.ts'
import type { EventReader, StreamState } from './event.ts'

export function contentReader(state: StreamState): EventReader {
  /** Channels that have begun and not ended, by choice. */
  const open = new Map<number, Map<string, Slot>>()
  return {
    read(batch: EventBatch, out: ReplyPiece[]): void {
      let start = 0
      for (const end of batch.ends) {
        out.push(readOne(state, open, batch.bytes.subarray(start, end)))
        start = end
      }
    },
  }
}

function readOne(state: StreamState, open: Map<number, Map<string, Slot>>, raw: Uint8Array): ReplyPiece {
  const event = readNext(state, raw)
  if (event.data === undefined) return { bytes: raw, pieces: [], hasOutput: false, outputLength: 0, isTerminal: false }
  if (isDone(event.data)) {
    state.isDone = true
    const pieces = [...open.values()].flatMap(closing)
    open.clear()
    // What stands behind the word on its line was read by nobody.
    const bytes = event.data.length === '[DONE]'.length ? raw : replaceData(raw, event, Buffer.from('[DONE]'))
    return { bytes, pieces, hasOutput: false, outputLength: 0, isTerminal: true }
  }
  const chunk = readChunk(event.data)
  const pieces = chunk.choices.flatMap((choice) => piecesOf(chunk, choice, open))
  const outputLength = pieces.reduce((sum, { text }) => sum + text.length, 0)
  const unread = unreadSlot(chunk)
  if (unread) pieces.push({ ...deltaOf(unread, slotText(chunk.document, unread), false), form: 'whole' })
  const piece: ReplyPiece = { ...pieceOfFacts(state, chunk, raw), pieces, hasOutput: outputLength > 0, outputLength }
  if (chunk.fault) return rewordFault(piece, event)
  return { ...piece, edit: (edits) => ({ ...piece, bytes: replaceData(raw, event, editChunk(chunk, edits)) }) }
}

function piecesOf({ document }: Chunk, choice: Chunk['choices'][number], open: Map<number, Map<string, Slot>>): Piece[] {
  let channels = open.get(choice.index)
  if (!channels) open.set(choice.index, (channels = new Map()))
  const isLast = choice.finish !== undefined
  const pieces = choice.slots.map((slot) => {
    channels.set(slot.channel, slot)
    return deltaOf(slot, slotText(document, slot), isLast)
  })
  if (!isLast) return pieces
  for (const slot of choice.slots) channels.delete(slot.channel)
  open.delete(choice.index)
  return [...pieces, ...closing(channels)]
}

/** A finish mostly comes in an event without text: an empty last piece tells that the channel holds nothing back. */
function closing(channels: ReadonlyMap<string, Slot>): Piece[] {
  return [...channels.values()].map((slot) => deltaOf(slot, '', true))
}

function deltaOf({ channel, kind, escaping }: Slot, text: string, isLast: boolean): Piece {
  return { channel, kind, text, form: 'delta', escaping, ...(isLast ? { isLast } : {}) }
}
