// Reads a stream event by event with its pieces, for guards: depth `content`.

import type { Edit, Piece } from '../../contract/content.ts'
import type { ResponsePiece } from '../../contract/response.ts'
import { readEvent, replaceData } from '../../kit/sse.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { walkFields } from './fields/walk.ts'
import { cleanEvent } from './clean-event.ts'
import { editResponse } from './edits.ts'
import type { ResponseFacts, SlotGroup } from './facts.ts'
import { pieceOf, slotText } from './slot.ts'
import type { Slot } from './slot.ts'
import { endPiece, pieceOfFacts, readNext, rewordFault } from './event.ts'
import type { BatchReader, StreamState } from './event.ts'
import { mediaIn } from './one-piece.ts'
import { unreadOfResponse } from './unread.ts'

export function contentReader(state: StreamState): BatchReader {
  /** Open channels, by group. */
  const open = new Map<number, Map<string, Slot>>()
  return {
    read(batch: EventBatch, out: ResponsePiece[]): void {
      let start = 0
      for (const end of batch.ends) {
        out.push(readOne(state, open, batch.bytes.subarray(start, end)))
        start = end
      }
    },
  }
}

function readOne(state: StreamState, open: Map<number, Map<string, Slot>>, sent: Uint8Array): ResponsePiece {
  const given = readNext(state, sent)
  const { event, raw } = cleanEvent(given.event, given.raw)
  if (event.data === undefined)
    return { bytes: raw, pieces: [], hasOutput: false, outputLength: 0, isTerminal: false }
  if (state.dialect.isEnd(event.data)) {
    const { endData } = state.dialect
    const bytes =
      endData === undefined || event.data.length === endData.length
        ? raw
        : replaceData(raw, event, Buffer.from(endData))
    return { ...endPiece(state, bytes), pieces: closeAll(open) }
  }
  const facts = state.dialect.read(event.data, event.name)
  const pieces = facts.groups.flatMap((group) => piecesOf(facts, group, open))
  if (facts.isTerminal) pieces.push(...closeAll(open))
  if (state.trail)
    for (const { text, form } of pieces) if (form === 'delta' && text !== '') state.trail.follow(text)
  const outputLength =
    pieces.reduce((sum, { text, form }) => (form === 'delta' ? sum + text.length : sum), 0) -
    echoLength(facts)
  // a complete piece (Google's calls) is output, too, even if it adds nothing to an estimate
  const hasOutput = pieces.some(({ text }) => text.length > 0)
  if (hasOutput) state.hasOutput = true
  const reading = walkFields(facts.document, { root: state.fields, isRead: true, seen: state.seen })
  const unread = unreadOfResponse(reading, facts.groups)
  for (const slot of unread) pieces.push(pieceOf(facts.document, slot))
  const piece = Object.assign(
    pieceOfFacts(state, facts, raw),
    { pieces, hasOutput, outputLength },
    mediaIn(facts.document, reading),
  )
  const read = facts.fault ? rewordFault(state, piece, event) : piece
  read.edit = (edits: readonly Edit[]): ResponsePiece => {
    const bytes = replaceData(raw, event, editResponse(facts, edits, unread))
    return facts.fault ? rewordFault(state, { ...piece, bytes }, readEvent(bytes)) : { ...piece, bytes }
  }
  return read
}

const echoLength = ({ document, groups }: ResponseFacts): number =>
  groups.reduce(
    (sum, { slots }) =>
      slots.reduce(
        (inner, slot) => (slot.isEcho && !slot.form ? inner + slotText(document, slot).length : inner),
        sum,
      ),
    0,
  )

function closeAll(open: Map<number, Map<string, Slot>>): Piece[] {
  const pieces = [...open.values()].flatMap(closing)
  open.clear()
  return pieces
}

function piecesOf(
  { document }: ResponseFacts,
  { index, slots, isOver }: SlotGroup,
  open: Map<number, Map<string, Slot>>,
): Piece[] {
  let channels = open.get(index)
  if (!channels) open.set(index, (channels = new Map()))
  const pieces = slots.map((slot) => {
    // a complete piece needs no closing, and does not close a channel that deltas began
    if (slot.isLast) channels.delete(slot.channel)
    else if (slot.form === undefined) channels.set(slot.channel, slot)
    return deltaOf(slot, slotText(document, slot), isOver || slot.isLast === true)
  })
  if (!isOver) return pieces
  for (const slot of slots) channels.delete(slot.channel)
  open.delete(index)
  return [...pieces, ...closing(channels)]
}

/**
 * A finish usually comes in an event without text. An empty last piece reports that the channel is complete.
 */
function closing(channels: ReadonlyMap<string, Slot>): Piece[] {
  return [...channels.values()].map((slot) => deltaOf(slot, '', true))
}

function deltaOf({ channel, kind, escaping, form }: Slot, text: string, isLast: boolean): Piece {
  return { channel, kind, text, form: form ?? 'delta', escaping, ...(isLast ? { isLast } : {}) }
}
