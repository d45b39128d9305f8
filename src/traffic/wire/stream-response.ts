// An event stream as a response. A stream is complete with its terminal event. Some vendors omit that event,
// so the dialect may also accept an earlier event as the end (a finish reason, the provider's own error). Any
// other end means that the stream was cut.

import type { Attempt } from '../../contract/attempt.ts'
import type { AttemptResponse, ResponsePiece } from '../../contract/response.ts'
import type { ByteSource, EventMemory, SideFacts, ChunkFacts, Trail } from '../../contract/upstream.ts'
import type { Pull } from '../../kit/pull.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { garbageError } from './response-json.ts'
import { contentReader } from './content-reader.ts'
import { StreamState, cutError, endPiece } from './event.ts'
import type { BatchReader } from './event.ts'
import { EventStream } from './event-stream.ts'
import type { EventReader } from './event-stream.ts'
import type { ResponseDialect } from './facts.ts'
import { meterReader } from './meter-reader.ts'
import { SideFactsOverlay } from './side-facts.ts'

/** The most pieces that wait because they may hold the beginning of our credential. */
const mostWaiting = 1_000

export interface StreamOptions {
  dialect: ResponseDialect
  depth: Attempt['depth']
  /** The gateway requested the usage event, so the client must not see it. */
  swallowsUsage: boolean
  /** Facts that a translation reports next to the bytes. */
  sideFacts?: SideFacts | undefined
  trail?: Trail | undefined
  /** Shared by all streams. */
  memory?: EventMemory | undefined
}

export function streamResponse(
  common: Pick<AttemptResponse, 'status' | 'headers' | 'losses' | 'upstreamId'>,
  source: ByteSource,
  options: StreamOptions,
): AttemptResponse {
  const pieces = new ResponsePieces(source, options)
  return { ...common, isStream: true, next: () => pieces.next(), cancel: () => pieces.cancel() }
}

/** Returns pieces one by one. Pieces that may hold the beginning of our credential wait for the next ones. */
class ResponsePieces implements Pull<ResponsePiece> {
  readonly #events: EventStream<ResponsePiece>
  readonly #state: StreamState
  readonly #sideFacts: SideFactsOverlay | undefined
  #pieces: ResponsePiece[] = []
  #given = 0
  #isOver = false

  constructor(source: ByteSource, options: StreamOptions) {
    this.#state = new StreamState(options.dialect, options.swallowsUsage, options.trail)
    this.#events = new EventStream(source, new PieceReader(this.#state, options), options.memory)
    this.#sideFacts = options.sideFacts && new SideFactsOverlay(options.sideFacts)
  }

  async next(): Promise<ResponsePiece | undefined> {
    for (;;) {
      const piece = this.#pieces[this.#given]
      if (piece && !this.#isHeld()) {
        this.#given++
        return piece
      }
      if (!piece && this.#isOver) return undefined
      await this.#pull(piece !== undefined)
    }
  }

  async cancel(): Promise<void> {
    this.#isOver = true
    await this.#events.cancel()
  }

  #isHeld(): boolean {
    return this.#state.trail?.isOpen === true && !this.#isOver && !this.#state.isDone
  }

  async #pull(isHeld: boolean): Promise<void> {
    try {
      if (this.#pieces.length - this.#given > mostWaiting)
        throw garbageError(this.#state.dialect.title, 'events without text that never end')
      const more = await this.#events.next()
      this.#sideFacts?.amend(more ?? [])
      if (more === undefined) this.#isOver = true
      else if (isHeld) this.#pieces.push(...more)
      else [this.#pieces, this.#given] = [more, 0]
    } catch (thrown) {
      // the waiting text may be the beginning of our credential
      this.#pieces = []
      throw thrown
    }
  }
}

class PieceReader implements EventReader<ResponsePiece> {
  readonly #state: StreamState
  readonly #depth: Attempt['depth']
  readonly #sideFacts: SideFacts | undefined
  readonly #reader: BatchReader

  constructor(state: StreamState, { depth, sideFacts }: Pick<StreamOptions, 'depth' | 'sideFacts'>) {
    this.#state = state
    this.#depth = depth
    this.#sideFacts = sideFacts
    this.#reader = depth === 'content' ? contentReader(state) : meterReader(state)
  }

  get isOver(): boolean {
    return this.#state.isDone
  }

  take(chunk: Uint8Array, out: ResponsePiece[]): boolean {
    const about = this.#depth === 'meter' ? this.#sideFacts?.chunk : undefined
    if (about) out.push(this.#toldPiece(chunk, about))
    return about !== undefined
  }

  read(batch: EventBatch, out: ResponsePiece[]): void {
    this.#reader.read(batch, out)
  }

  end(out: ResponsePiece[], isBroken: boolean): void {
    const state = this.#state
    if (isBroken || !state.isComplete) throw cutError()
    // If no event ends the stream, its end reports the failure.
    if (state.failure) out.push({ ...endPiece(state, ''), ...(this.#depth === 'content' && { pieces: [] }) })
  }

  /** Text that the gateway itself wrote need not be read again. */
  #toldPiece(bytes: Uint8Array, { outputLength, isTerminal }: ChunkFacts): ResponsePiece {
    this.#state.isDone = isTerminal
    return { bytes, hasOutput: outputLength > 0, outputLength, isTerminal }
  }
}
