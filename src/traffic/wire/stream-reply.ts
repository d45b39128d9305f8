// An event stream, pulled: bytes become events, events pieces, and the end is judged. A stream is complete with its terminal event; without it when
// the dialect says so of what has come (a finish reason, the provider's own error), because some vendors leave it out. Anything else was cut.

import { GatewayError } from '../../contract/errors.ts'
import type { Attempt } from '../../contract/attempt.ts'
import type { Reply, ReplyPiece } from '../../contract/response.ts'
import type { ByteSource, Told, ToldChunk, Trail } from '../../contract/upstream.ts'
import { EventSplitter, EventTooLarge } from '../../kit/sse-splitter.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { garbage } from './answer.ts'
import { contentReader } from './content-reader.ts'
import { StreamState, cut, endPiece } from './event.ts'
import type { AnswerDialect } from './facts.ts'
import { meterReader } from './meter-reader.ts'
import { ToldFacts } from './told-facts.ts'

/** Inline images arrive as one event. */
const eventBytes = 32 * 1024 * 1024
const sliceBytes = 16 * 1024
const tailBytes = 64 * 1024
/** Events that wait for what follows the beginning of our credential. */
const mostWaiting = 1_000

export interface StreamOptions {
  dialect: AnswerDialect
  depth: Attempt['depth']
  /** The usage event was asked for by us; the client must not see it. */
  swallowsUsage: boolean
  /** What a translation knows beside the bytes. */
  told?: Told | undefined
  trail?: Trail | undefined
}

export function streamReply(
  common: Pick<Reply, 'status' | 'headers' | 'losses' | 'upstreamId'>,
  source: ByteSource,
  { dialect, depth, swallowsUsage, told, trail }: StreamOptions,
): Reply {
  const state = new StreamState(dialect, swallowsUsage, trail)
  const reader = depth === 'content' ? contentReader(state) : meterReader(state)
  const splitter = new EventSplitter(eventBytes)
  const beside = told && new ToldFacts(told)
  let pieces: ReplyPiece[] = []
  let given = 0
  let isOver = false
  let unsplit: Uint8Array | undefined
  let failure: unknown
  let tail = 0

  async function next(): Promise<ReplyPiece | undefined> {
    for (;;) {
      const piece = pieces[given]
      if (piece && trail?.isOpen && !isOver && !state.isDone) {
        if (pieces.length - given > mostWaiting) throw garbage(dialect.title, 'events without text that never end')
        await pull()
        continue
      }
      if (piece) {
        given++
        return piece
      }
      // What came whole before the trouble was delivered, wherever the chunks were cut.
      if (failure !== undefined) throw failure
      if (isOver) return undefined
      pieces = []
      given = 0
      await pull()
    }
  }

  /** A client that does not read leaves us with what was pulled last: little is taken apart at a time. */
  async function nextSlice(): Promise<Uint8Array | undefined> {
    const chunk = unsplit ?? (await source.next())
    if (told?.chunk || chunk === undefined || chunk.length <= sliceBytes) {
      unsplit = undefined
      return chunk
    }
    unsplit = chunk.subarray(sliceBytes)
    return chunk.subarray(0, sliceBytes)
  }

  async function pull(): Promise<void> {
    try {
      const chunk = await nextSlice()
      // Behind the terminal event nothing counts; it is read so that the connection can serve again, unless the provider talks on and on.
      if (state.isDone) leaveAfter(chunk)
      else if (chunk === undefined) end()
      else if (told?.chunk && depth === 'meter') pieces.push(toldPiece(chunk, told.chunk))
      else {
        const batch = splitter.push(chunk)
        if (batch) reader.read(batch, pieces)
      }
      beside?.amend(pieces)
    } catch (thrown) {
      isOver = true
      void source.cancel()
      // what waits may be the beginning of our credential
      if (trail?.isOpen) pieces = []
      if (!state.isDone) failure = thrown instanceof EventTooLarge ? garbage(dialect.title, thrown.message) : thrown
    }
  }

  function toldPiece(bytes: Uint8Array, { outputLength, isTerminal }: ToldChunk): ReplyPiece {
    state.isDone = isTerminal
    return { bytes, hasOutput: outputLength > 0, outputLength, isTerminal }
  }

  function leaveAfter(chunk: Uint8Array | undefined): void {
    tail += chunk?.length ?? 0
    isOver = chunk === undefined || tail > tailBytes
    if (tail > tailBytes) void source.cancel()
  }

  function end(): void {
    isOver = true
    const rest = splitter.end()
    if (rest) readRest(rest)
    if (!state.isDone && !state.isComplete) throw cut()
    // Where no event ends a stream, its end tells of the failure.
    if (!state.isDone && state.failure) pieces.push({ ...endPiece(state, ''), ...(depth === 'content' && { pieces: [] }) })
  }

  /** An event without its blank line is whole if it reads well and completes the stream; else it was cut, and half an event helps nobody. */
  function readRest(rest: EventBatch): void {
    const read: ReplyPiece[] = []
    try {
      reader.read(rest, read)
    } catch (thrown) {
      throw thrown instanceof GatewayError ? cut() : thrown
    }
    if (state.isDone || state.isComplete) pieces.push(...read)
  }

  return {
    ...common,
    isStream: true,
    next,
    async cancel() {
      isOver = true
      await source.cancel()
    },
  }
}
