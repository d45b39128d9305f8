// A whole answer: a stream of one piece.

import type { Piece } from '../../contract/content.ts'
import type { Attempt } from '../../contract/attempt.ts'
import type { Reply, ReplyPiece } from '../../contract/response.ts'
import { scan } from '../../kit/json-spans.ts'
import type { JsonDocument } from '../../kit/json-spans.ts'
import { runAtOnce } from '../../kit/steps.ts'
import type { Steps } from '../../kit/steps.ts'
import { pathAt } from './fields/path-at.ts'
import { responseTree } from './fields/tree.ts'
import type { FormTable } from './fields/tree.ts'
import { walkFieldsInSteps } from './fields/walk.ts'
import type { FieldReading } from './fields/walk.ts'
import { editAnswer } from './edits.ts'
import { copyFacts } from './event.ts'
import type { AnswerDialect, AnswerFacts } from './facts.ts'
import { outputLengthOf, piecesInSteps } from './slot.ts'
import { unreadOfAnswer } from './unread.ts'

/** In steps for a long response. */
export function* wholePiece(
  bytes: Uint8Array,
  facts: AnswerFacts,
  depth: Attempt['depth'],
  { forms }: Pick<AnswerDialect, 'forms'>,
): Steps<ReplyPiece> {
  const { groups } = facts
  const outputLength = groups.reduce((sum, { slots }) => sum + outputLengthOf(slots), 0)
  const piece: ReplyPiece = { bytes, hasOutput: outputLength > 0, outputLength, isTerminal: true }
  copyFacts(facts, piece)
  if (depth === 'meter') return piece
  return { ...piece, ...(yield* readWhole(facts, forms, (bytes) => ({ ...piece, bytes }))) }
}

/** The pieces of a response that is whole, and how it is edited. */
function* readWhole(
  facts: AnswerFacts,
  forms: FormTable,
  remade: (bytes: Uint8Array) => ReplyPiece,
): Steps<Pick<ReplyPiece, 'pieces' | 'edit' | 'media'>> {
  const { document, groups } = facts
  const reading = yield* walkFieldsInSteps(document, { root: responseTree(forms), isRead: true })
  const unread = unreadOfAnswer(reading, groups)
  const read = yield* piecesInSteps(document, [...groups.flatMap(({ slots }) => slots), ...unread])
  const pieces = read.map((piece): Piece => ({ ...piece, isLast: true }))
  return {
    pieces,
    ...mediaIn(document, reading),
    edit: (edits) => ({ ...remade(editAnswer(facts, edits, unread)), pieces }),
  }
}

export const mediaIn = (document: JsonDocument, { media }: FieldReading): Pick<ReplyPiece, 'media'> =>
  media.length === 0
    ? {}
    : { media: { param: pathAt(document, media[0]?.at ?? 0), kind: media[0]?.kind ?? 'file' } }

/**
 * An error of the provider's, or an answer that has nothing else in it: its words are texts like any other.
 */
export function errorPiece(
  bytes: Uint8Array | string,
  depth: Attempt['depth'],
  { forms }: Pick<AnswerDialect, 'forms'>,
): ReplyPiece {
  const piece: ReplyPiece = { bytes, hasOutput: false, outputLength: 0, isTerminal: true }
  if (depth === 'meter') return piece
  const facts: AnswerFacts = { document: scan(bytes, { maxDepth: 256 }), groups: [] }
  return { ...piece, ...runAtOnce(readWhole(facts, forms, (edited) => ({ ...piece, bytes: edited }))) }
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
