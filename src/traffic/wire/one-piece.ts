// A whole response as a stream of one piece.

import type { Piece } from '../../contract/content.ts'
import type { Attempt } from '../../contract/attempt.ts'
import type { AttemptResponse, ResponsePiece } from '../../contract/response.ts'
import { scan } from '../../kit/json-spans.ts'
import type { JsonDocument } from '../../kit/json-spans.ts'
import { runAtOnce } from '../../kit/steps.ts'
import type { Steps } from '../../kit/steps.ts'
import { pathAt } from './fields/path-at.ts'
import { responseTree } from './fields/tree.ts'
import type { FormTable } from './fields/tree.ts'
import { walkFieldsInSteps } from './fields/walk.ts'
import type { FieldReading } from './fields/walk.ts'
import { editResponse } from './edits.ts'
import { copyFacts } from './event.ts'
import type { ResponseDialect, ResponseFacts } from './facts.ts'
import { outputLengthOf, piecesInSteps } from './slot.ts'
import { unreadOfResponse } from './unread.ts'

/** In steps for a long response. */
export function* wholePiece(
  bytes: Uint8Array,
  facts: ResponseFacts,
  depth: Attempt['depth'],
  { forms }: Pick<ResponseDialect, 'forms'>,
): Steps<ResponsePiece> {
  const { groups } = facts
  const outputLength = groups.reduce((sum, { slots }) => sum + outputLengthOf(slots), 0)
  const piece: ResponsePiece = { bytes, hasOutput: outputLength > 0, outputLength, isTerminal: true }
  copyFacts(facts, piece)
  if (depth === 'meter') return piece
  return { ...piece, ...(yield* readWhole(facts, forms, (bytes) => ({ ...piece, bytes }))) }
}

/** The pieces of a whole response, and how it is edited. */
function* readWhole(
  facts: ResponseFacts,
  forms: FormTable,
  remade: (bytes: Uint8Array) => ResponsePiece,
): Steps<Pick<ResponsePiece, 'pieces' | 'edit' | 'media'>> {
  const { document, groups } = facts
  const reading = yield* walkFieldsInSteps(document, { root: responseTree(forms), isRead: true })
  const unread = unreadOfResponse(reading, groups)
  const read = yield* piecesInSteps(document, [...groups.flatMap(({ slots }) => slots), ...unread])
  const pieces = read.map((piece): Piece => ({ ...piece, isLast: true }))
  return {
    pieces,
    ...mediaIn(document, reading),
    edit: (edits) => ({ ...remade(editResponse(facts, edits, unread)), pieces }),
  }
}

export const mediaIn = (document: JsonDocument, { media }: FieldReading): Pick<ResponsePiece, 'media'> =>
  media.length === 0
    ? {}
    : { media: { param: pathAt(document, media[0]?.at ?? 0), kind: media[0]?.kind ?? 'file' } }

/**
 * An error of the provider's, or a response that holds only an error. Guards read its texts like all others.
 */
export function errorPiece(
  bytes: Uint8Array | string,
  depth: Attempt['depth'],
  { forms }: Pick<ResponseDialect, 'forms'>,
): ResponsePiece {
  const piece: ResponsePiece = { bytes, hasOutput: false, outputLength: 0, isTerminal: true }
  if (depth === 'meter') return piece
  const facts: ResponseFacts = { document: scan(bytes, { maxDepth: 256 }), groups: [] }
  return { ...piece, ...runAtOnce(readWhole(facts, forms, (edited) => ({ ...piece, bytes: edited }))) }
}

export function onePiece(piece: ResponsePiece): Pick<AttemptResponse, 'isStream' | 'next' | 'cancel'> {
  let rest: Promise<ResponsePiece | undefined> = Promise.resolve(piece)
  return {
    isStream: false,
    next() {
      const next = rest
      rest = nothing
      return next
    },
    cancel() {
      rest = nothing
      return done
    },
  }
}

const done = Promise.resolve()
const nothing: Promise<undefined> = Promise.resolve(undefined)
