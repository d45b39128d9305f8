// An event stream as a reply. A stream is complete with its terminal event; without it when the dialect says
// so of what has come (a finish reason, the provider's own error), because some vendors leave it out. Any
// other end is a cut.

import type { Attempt } from '../../contract/attempt.ts'
import type { Reply, ReplyPiece } from '../../contract/response.ts'
import type { ByteSource, EventMemory, Told, ToldChunk, Trail } from '../../contract/upstream.ts'
import type { Pull } from '../../kit/pull.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { garbage } from './answer.ts'
import { contentReader } from './content-reader.ts'
import { StreamState, cut, endPiece } from './event.ts'
import type { BatchReader } from './event.ts'
import { EventStream } from './event-stream.ts'
import type { EventReader } from './event-stream.ts'
import type { AnswerDialect } from './facts.ts'
import { meterReader } from './meter-reader.ts'
import { ToldFacts } from './told-facts.ts'

/** Pieces that wait for what follows the beginning of our credential. */
const mostWaiting = 1_000

export interface StreamOptions {
  dialect: AnswerDialect
  depth: Attempt['depth']
  /** The usage event was asked for by us; the client must not see it. */
  swallowsUsage: boolean
  /** What a translation knows beside the bytes. */
  told?: Told | undefined
  trail?: Trail | undefined
  /** Shared by all streams. */
  memory?: EventMemory | undefined
}

export function streamReply(
  common: Pick<Reply, 'status' | 'headers' | 'losses' | 'upstreamId'>,
  source: ByteSource,
  options: StreamOptions,
): Reply {
  const pieces = new ReplyPieces(source, options)
  return { ...common, isStream: true, next: () => pieces.next(), cancel: () => pieces.cancel() }
}

/** Gives pieces one by one; those that may hold the beginning of our credential wait for the next ones. */
class ReplyPieces implements Pull<ReplyPiece> {
  readonly #events: EventStream<ReplyPiece>
  readonly #state: StreamState
  readonly #told: ToldFacts | undefined
  #pieces: ReplyPiece[] = []
  #given = 0
  #isOver = false

  constructor(source: ByteSource, options: StreamOptions) {
    this.#state = new StreamState(options.dialect, options.swallowsUsage, options.trail)
    this.#events = new EventStream(source, new PieceReader(this.#state, options), options.memory)
    this.#told = options.told && new ToldFacts(options.told)
  }

  async next(): Promise<ReplyPiece | undefined> {
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
        throw garbage(this.#state.dialect.title, 'events without text that never end')
      const more = await this.#events.next()
      this.#told?.amend(more ?? [])
      if (more === undefined) this.#isOver = true
      else if (isHeld) this.#pieces.push(...more)
      else [this.#pieces, this.#given] = [more, 0]
    } catch (thrown) {
      // what waits may be the beginning of our credential
      this.#pieces = []
      throw thrown
    }
  }
}

class PieceReader implements EventReader<ReplyPiece> {
  readonly #state: StreamState
  readonly #depth: Attempt['depth']
  readonly #told: Told | undefined
  readonly #reader: BatchReader

  constructor(state: StreamState, { depth, told }: Pick<StreamOptions, 'depth' | 'told'>) {
    this.#state = state
    this.#depth = depth
    this.#told = told
    this.#reader = depth === 'content' ? contentReader(state) : meterReader(state)
  }

  get isOver(): boolean {
    return this.#state.isDone
  }

  take(chunk: Uint8Array, out: ReplyPiece[]): boolean {
    const about = this.#depth === 'meter' ? this.#told?.chunk : undefined
    if (about) out.push(this.#toldPiece(chunk, about))
    return about !== undefined
  }

  read(batch: EventBatch, out: ReplyPiece[]): void {
    this.#reader.read(batch, out)
  }

  end(out: ReplyPiece[], isBroken: boolean): void {
    const state = this.#state
    if (isBroken || !state.isComplete) throw cut()
    // Where no event ends a stream, its end tells of the failure.
    if (state.failure) out.push({ ...endPiece(state, ''), ...(this.#depth === 'content' && { pieces: [] }) })
  }

  /** What we wrote ourselves need not be read again. */
  #toldPiece(bytes: Uint8Array, { outputLength, isTerminal }: ToldChunk): ReplyPiece {
    this.#state.isDone = isTerminal
    return { bytes, hasOutput: outputLength > 0, outputLength, isTerminal }
  }
}
