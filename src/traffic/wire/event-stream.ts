// Pulls a provider's event stream. This file turns bytes into whole events, and a reader turns events into
// items. The rules are the same for all readers:
//
// - Events that were complete before a failure are delivered before the failure, wherever the chunks were
//   cut.
// - An event without its blank line counts only if it is valid and completes the stream. Clients cannot use
//   half an event.
// - Nothing counts after the event that ends the stream. The rest is read, up to a limit, so that the
//   connection can be reused.
// - The buffered part of an event counts towards the memory of all streams.
// - Chunks are parsed in small steps. If a client does not read, only the last pull stays in memory.

import { GatewayError } from '../../contract/errors.ts'
import type { ByteSource, EventMemory } from '../../contract/upstream.ts'
import type { Pull } from '../../kit/pull.ts'
import { EventSplitter, EventTooLarge } from '../../kit/sse-splitter.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { eventBytes } from './response-limits.ts'

const sliceBytes = 16 * 1024
const tailBytes = 64 * 1024
/** The size up to which an unfinished event is not counted. Nearly all events are shorter. */
const freeBytes = 64 * 1024

export interface EventReader<T> {
  /** The event that ends the stream has been read. */
  readonly isOver: boolean
  /** Takes a chunk as it is. If absent or false, the chunk is split into events. */
  take?(chunk: Uint8Array, out: T[]): boolean
  /** Turns whole events into items, in order. @throws GatewayError `upstream-garbage` */
  read(batch: EventBatch, out: T[]): void
  /**
   * Called when the stream ends without a terminal event. Appends the items that close it.
   * @param isBroken was the last event cut?
   * @throws GatewayError `upstream-cut` where more should have come
   */
  end(out: T[], isBroken: boolean): void
}

export class EventStream<T> implements Pull<T[]> {
  readonly #source: ByteSource
  readonly #reader: EventReader<T>
  readonly #splitter = new EventSplitter(eventBytes)
  /** `ended` means that only the tail remains to be read. */
  #phase: 'open' | 'ended' | 'over' = 'open'
  #unsplit: Uint8Array | undefined
  #failure: unknown
  readonly #memory: EventMemory | undefined
  /** Bytes of the shared memory that this stream uses. */
  #taken = 0

  /** @param memory shared by all streams. Absent means that this stream is not counted */
  constructor(source: ByteSource, reader: EventReader<T>, memory?: EventMemory) {
    this.#source = source
    this.#reader = reader
    this.#memory = memory
  }

  /**
   * The next items, at least one. @throws GatewayError `upstream-cut`, `upstream-garbage`, and what the
   * source throws
   */
  async next(): Promise<T[] | undefined> {
    while (this.#phase === 'open') {
      const out: T[] = []
      await this.#pull(out)
      if (out.length > 0) return out
    }
    this.#count(0)
    if (this.#phase === 'ended') await this.#readTail()
    const failure = this.#failure
    if (failure === undefined) return undefined
    this.#failure = undefined
    throw failure
  }

  async cancel(): Promise<void> {
    this.#phase = 'over'
    this.#count(0)
    await this.#source.cancel()
  }

  async #pull(out: T[]): Promise<void> {
    try {
      const chunk = this.#unsplit ?? (await this.#source.next())
      // canceled meanwhile
      if (this.#phase !== 'open') return
      if (chunk === undefined) this.#end(out)
      else if (!this.#reader.take?.(chunk, out)) this.#split(chunk, out)
      if (this.#reader.isOver && this.#phase === 'open') this.#phase = 'ended'
    } catch (thrown) {
      this.#phase = 'over'
      if (!this.#reader.isOver) this.#failure = thrown instanceof EventTooLarge ? tooLarge(thrown) : thrown
      void this.#source.cancel()
    }
  }

  #split(chunk: Uint8Array, out: T[]): void {
    const isLong = chunk.length > sliceBytes
    this.#unsplit = isLong ? chunk.subarray(sliceBytes) : undefined
    const batch = this.#splitter.push(isLong ? chunk.subarray(0, sliceBytes) : chunk)
    this.#count(this.#splitter.held)
    if (batch) this.#reader.read(batch, out)
  }

  #count(held: number): void {
    const taken = held > freeBytes ? held : 0
    if (taken > this.#taken) this.#memory?.take(taken - this.#taken)
    else if (taken < this.#taken) this.#memory?.giveBack(this.#taken - taken)
    this.#taken = taken
  }

  #end(out: T[]): void {
    this.#phase = 'over'
    const last: T[] = []
    const rest = this.#splitter.end()
    const isBroken = rest !== undefined && !this.#isReadable(rest, last)
    if (!this.#reader.isOver) this.#reader.end(last, isBroken)
    out.push(...last)
  }

  #isReadable(rest: EventBatch, out: T[]): boolean {
    try {
      this.#reader.read(rest, out)
      return true
    } catch (thrown) {
      if (thrown instanceof GatewayError) return false
      throw thrown
    }
  }

  async #readTail(): Promise<void> {
    let length = this.#unsplit?.length ?? 0
    this.#unsplit = undefined
    try {
      while (this.#phase === 'ended' && length <= tailBytes) {
        const chunk = await this.#source.next()
        if (chunk === undefined) break
        length += chunk.length
      }
    } catch {
      // The response is complete; how the connection ends does not matter.
    }
    this.#phase = 'over'
    if (length > tailBytes) void this.#source.cancel()
  }
}

const tooLarge = ({ message }: EventTooLarge) =>
  new GatewayError('upstream-garbage', `The provider sent no usable stream: ${message}.`)
