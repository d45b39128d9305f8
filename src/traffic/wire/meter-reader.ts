// Passes a stream through and reads only what is needed: depth `meter`. Bytes are passed on unchanged, with
// all events of a chunk at once.
//
// An event is parsed in three cases: one of the dialect's telling keys has a value (a usage or error that is
// not null, a finish reason that is a string); it lacks the text that usual events have (`[DONE]`, comments,
// unusual errors); or it does not end like an object. Otherwise its output is measured by the distance
// between two quotes.
//
// Most events of a stream differ only in their text. If an event has the same bytes as the last plain event
// before and after its text, it is plain, too. Two comparisons then replace all searches.

import type { ResponsePiece } from '../../contract/response.ts'
import { Occurrences } from '../../kit/occurrences.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import type { ResponseFacts } from './facts.ts'
import { endPiece, pieceOfFacts, plainPiece, readNext, rewordFault } from './event.ts'
import type { BatchReader, StreamState } from './event.ts'
import { outputLengthOf, slotText } from './slot.ts'

export function meterReader(state: StreamState): BatchReader {
  const { dialect, trail } = state
  const { meter, repair } = dialect
  const telling = meter.telling.map((term) => new Occurrences(term))
  const usual = new Occurrences(meter.usual)
  const output = meter.output.map((term) => new Occurrences(term))
  const terms = [usual, ...telling, ...output]
  let isFirstData = true
  /** The source before and after the text of the last plain event that had a text. */
  let before = ''
  let behind = ''
  /** The position at which `measure` found the text. */
  let textAt = 0

  function read({ bytes, latin1, ends }: EventBatch, out: ResponsePiece[]): void {
    let isSearched = false
    let run = plainPiece('')
    let runStart = 0
    let start = 0
    const flush = (end: number) => {
      if (end > runStart) out.push({ ...run, bytes: bytes.subarray(runStart, end) })
      run = plainPiece('')
    }
    try {
      for (const end of ends) {
        const repeated = repair?.isNeeded ? 0 : repeatedLength(latin1, start, end)
        if (repeated > 0) {
          if (trail) follow(latin1.slice(start + before.length, start + before.length + repeated))
          run.outputLength += repeated
          run.hasOutput = state.hasOutput = true
          start = end
          continue
        }
        if (!isSearched) for (const term of terms) term.reset(latin1)
        isSearched = true
        const outputLength = measure(latin1, start, end)
        const isPlain =
          !isFirstData &&
          outputLength !== isOther &&
          !repair?.isNeeded &&
          endsAsObject(latin1, end) &&
          usual.within(start, end) >= 0 &&
          !tells(latin1, start, end)
        if (isPlain) {
          if (trail && outputLength > 0) follow(latin1.slice(textAt, textAt + outputLength))
          run.outputLength += outputLength
          if (outputLength > 0) {
            run.hasOutput = state.hasOutput = true
            before = latin1.slice(start, textAt)
            behind = latin1.slice(textAt + outputLength, end)
          }
        } else {
          const given = bytes.subarray(start, end)
          const piece = readSpecial(given, outputLength)
          // An unchanged event joins the run. A repaired or dropped event does not.
          const mayJoin = !piece.isTerminal && !piece.fault && piece.bytes === given
          if (mayJoin) run = join(run, piece)
          else {
            flush(start)
            out.push(piece)
            runStart = end
          }
        }
        start = end
      }
    } finally {
      // Also if an event is garbage, because the events before it are valid.
      flush(start)
    }
  }

  function readSpecial(given: Uint8Array, measured: number): ResponsePiece {
    const { event, raw } = readNext(state, given)
    if (event.data === undefined) return plainPiece(raw)
    isFirstData = false
    if (dialect.isEnd(event.data)) return endPiece(state, raw)
    const facts = dialect.read(event.data, event.name)
    if (trail)
      for (const { slots } of facts.groups)
        for (const slot of slots) if (!slot.form && !slot.isEcho) trail.follow(slotText(facts.document, slot))
    const outputLength = Math.max(measured, outputOf(facts))
    if (outputLength > 0) state.hasOutput = true
    const piece = { ...pieceOfFacts(state, facts, raw), hasOutput: outputLength > 0, outputLength }
    return facts.fault ? rewordFault(state, piece, event) : piece
  }

  /** @param the text as written in a JSON string. A credential is ASCII */
  function follow(spelled: string): void {
    trail?.follow(spelled.includes('\\') ? unescaped(spelled) : spelled)
  }

  /**
   * Characters of output of an event that differs from the last plain event only in its text. 0 means that a
   * closer look is needed.
   */
  function repeatedLength(latin1: string, start: number, end: number): number {
    if (before === '' || !latin1.startsWith(before, start)) return 0
    const length = stringLength(latin1, start + before.length)
    const close = start + before.length + length
    return end - close === behind.length && latin1.startsWith(behind, close) ? length : 0
  }

  /** Does one of the keys have a value other than null? */
  function tells(latin1: string, start: number, end: number): boolean {
    for (const term of telling) {
      for (let at = term.within(start, end); at >= 0; at = term.within(at + 1, end)) {
        const value = valueAfter(latin1, latin1.indexOf(':', at) + 1)
        if (value !== letterN) return true
      }
    }
    return false
  }

  /** Characters of output as written, escapes included. */
  function measure(latin1: string, start: number, end: number): number {
    for (const term of output) {
      for (let at = term.within(start, end); at >= 0; at = term.within(at + 1, end)) {
        let i = latin1.indexOf(':', at) + 1
        while (latin1.charCodeAt(i) === 0x20) i++
        const opening = latin1.charCodeAt(i)
        if (opening === letterN) continue
        if (opening !== quote) return isOther
        const length = stringLength(latin1, i + 1)
        if (length > 0) {
          textAt = i + 1
          return length
        }
      }
    }
    return 0
  }

  return { read }
}

/**
 * An object that was cut inside of a whole event would break the client's parser. An event that does not end
 * like an object is parsed and checked here.
 */
function endsAsObject(latin1: string, end: number): boolean {
  let last = end - 1
  while (latin1.charCodeAt(last) === 0x0a || latin1.charCodeAt(last) === 0x0d) last--
  return latin1.charCodeAt(last) === closingBrace
}

/**
 * Mistral's content of several parts, or arguments that are an object: only parsing can determine the length.
 */
const isOther = -1

const letterN = 0x6e
const quote = 0x22
const closingBrace = 0x7d

function valueAfter(latin1: string, at: number): number {
  let i = at
  while (latin1.charCodeAt(i) === 0x20) i++
  return latin1.charCodeAt(i)
}

function stringLength(latin1: string, at: number): number {
  for (let end = latin1.indexOf('"', at); end >= 0; end = latin1.indexOf('"', end + 1)) {
    let slash = end
    while (slash > at && latin1.charCodeAt(slash - 1) === 0x5c) slash--
    if ((end - slash) % 2 === 0) return end - at
  }
  return 0
}

const outputOf = ({ groups }: ResponseFacts): number =>
  groups.reduce((sum, { slots }) => sum + outputLengthOf(slots), 0)

function unescaped(spelled: string): string {
  try {
    return String(JSON.parse(`"${spelled}"`))
  } catch {
    return spelled
  }
}

function join(run: ResponsePiece, piece: ResponsePiece): ResponsePiece {
  return {
    ...run,
    ...piece,
    hasOutput: run.hasOutput || piece.hasOutput,
    outputLength: run.outputLength + piece.outputLength,
  }
}
