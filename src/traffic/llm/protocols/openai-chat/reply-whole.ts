// A whole answer: a stream of one piece.

import type { Piece } from '../../../../contract/content.ts'
import type { Attempt, Reply, ReplyPiece } from '../../../../contract/traffic.ts'
import type { Chunk } from './chunk.ts'
import { copyFacts } from './event.ts'
import { unreadSlot } from './reply-content.ts'
import { editChunk } from './reply-edit.ts'
import { slotText } from './slot.ts'

export function wholePiece(bytes: Uint8Array, chunk: Chunk, depth: Attempt['depth']): ReplyPiece {
  const { document, choices } = chunk
  const slots = choices.flatMap((choice) => choice.slots)
  const outputLength = slots.reduce((sum, { spans }) => sum + spans.reduce((inner, { start, end }) => inner + end - start - 2, 0), 0)
  const piece: ReplyPiece = { bytes, hasOutput: outputLength > 0, outputLength, isTerminal: true }
  copyFacts(chunk, piece)
  if (depth === 'meter') return piece
  const unread = unreadSlot(chunk)
  const pieces = [...slots, ...(unread ? [unread] : [])].map(
    (slot): Piece => ({
      channel: slot.channel,
      kind: slot.kind,
      text: slotText(document, slot),
      form: 'whole',
      escaping: slot.escaping,
      isLast: true,
    }),
  )
  return { ...piece, pieces, edit: (edits) => ({ ...piece, pieces, bytes: editChunk(chunk, edits) }) }
}

export function onePiece(piece: ReplyPiece): Pick<Reply, 'isStream' | 'next' | 'cancel'> {
  let rest: ReplyPiece | undefined = piece
  return {
    isStream: false,
    async next() {
      const next = rest
      rest = undefined
      return next
    },
    async cancel() {
      rest = undefined
    },
  }
}
