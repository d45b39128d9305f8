// A provider's event stream, pulled: bytes become whole events here, and items in a reader. The rules are the
// same for all readers:
//
// - What came whole before a failure is delivered before the failure, wherever the chunks were cut.
// - An event without its blank line counts only if it reads well and the stream is complete with it: half an
// event helps no client.
// - After the event that ends the stream nothing counts. What follows is read so that the connection can
// serve again, up to a bound.
// - What waits of an event counts towards the memory of all streams.
// - Little is taken apart at a time: a client that does not read leaves us with what was pulled last.

import { GatewayError } from '../../contract/errors.ts'
import type { ByteSource, EventMemory } from '../../contract/upstream.ts'
import type { Pull } from '../../kit/pull.ts'
import { EventSplitter, EventTooLarge } from '../../kit/sse-splitter.ts'
import type { EventBatch } from '../../kit/sse-splitter.ts'
import { eventBytes } from './response-limits.ts'

const sliceBytes = 16 * 1024
const tailBytes = 64 * 1024
/** What an unfinished event may take without being counted: nearly all are shorter. */
const freeBytes = 64 * 1024

export interface EventReader<T> {
  /** The event that ends the stream has been read. */
  readonly isOver: boolean
  /** Takes a chunk as it is. Absent or false: it is cut into events. */
  take?(chunk: Uint8Array, out: T[]): boolean
  /** Turns whole events into items, in order. @throws GatewayError `upstream-garbage` */
  read(batch: EventBatch, out: T[]): void
  /**
   * The stream ended without an event that ends it. Appends what closes it.
   * @param isBroken its last event was cut
   * @throws GatewayError `upstream-cut` where more should have come
   */
  end(out: T[], isBroken: boolean): void
}

export class EventStream<T> implements Pull<T[]> {
  readonly #source: ByteSource
  readonly #reader: EventReader<T>
  readonly #splitter = new EventSplitter(eventBytes)
  /** `ended`: only the tail is still to be read. */
  #phase: 'open' | 'ended' | 'over' = 'open'
  #unsplit: Uint8Array | undefined
  #failure: unknown
  readonly #memory: EventMemory | undefined
  /** What it has taken of the memory. */
  #taken = 0

  /** @param memory shared by all streams. Absent: a stream of our own */
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
