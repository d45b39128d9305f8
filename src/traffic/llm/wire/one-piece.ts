// A whole answer: a stream of one piece.

import type { Piece } from '../../../contract/content.ts'
import type { Attempt, Reply, ReplyPiece } from '../../../contract/traffic.ts'
import { editAnswer } from './edits.ts'
import { copyFacts } from './event.ts'
import type { AnswerDialect, AnswerFacts } from './facts.ts'
import { outputLengthOf, slotText } from './slot.ts'
import { unreadOfAnswer } from './unread.ts'

export function wholePiece(bytes: Uint8Array, facts: AnswerFacts, depth: Attempt['depth'], { unread: words }: AnswerDialect): ReplyPiece {
  const { document, groups } = facts
  const outputLength = groups.reduce((sum, { slots }) => sum + outputLengthOf(slots), 0)
  const piece: ReplyPiece = { bytes, hasOutput: outputLength > 0, outputLength, isTerminal: true }
  copyFacts(facts, piece)
  if (depth === 'meter') return piece
  const unread = unreadOfAnswer(facts, words)
  const pieces = [...groups.flatMap(({ slots }) => slots), ...(unread ? [unread] : [])].map(
    (slot): Piece => ({
      channel: slot.channel,
      kind: slot.kind,
      text: slotText(document, slot),
      form: 'whole',
      escaping: slot.escaping,
      isLast: true,
    }),
  )
  return { ...piece, pieces, edit: (edits) => ({ ...piece, pieces, bytes: editAnswer(facts, edits, words) }) }
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
