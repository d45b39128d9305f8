// The events of a provider's stream as canonical events: the text of each event here, its meaning in the
// dialect's decoder.

import { isAscii } from 'node:buffer'
import type { ByteSource, EventMemory } from '../../../contract/upstream.ts'
import { readEvent } from '../../../kit/sse.ts'
import type { EventBatch } from '../../../kit/sse-splitter.ts'
import { EventStream } from '../../wire/event-stream.ts'
import type { EventReader } from '../../wire/event-stream.ts'
import { EventData } from './codec.ts'
import type { EventDecoder, ResponseReader } from './codec.ts'
import type { ResponseEvent } from './response.ts'

export const eventReader = (
  source: ByteSource,
  decoder: EventDecoder,
  memory?: EventMemory,
): ResponseReader => new EventStream(source, new DecodingReader(decoder), memory)

class DecodingReader implements EventReader<ResponseEvent> {
  readonly #decoder: EventDecoder
  #isFirst = true
  isOver = false

  constructor(decoder: EventDecoder) {
    this.#decoder = decoder
  }

  read(batch: EventBatch, out: ResponseEvent[]): void {
    const isPlain = isAscii(batch.bytes)
    let start = 0
    for (const at of batch.ends) {
      const text =
        (isPlain ? oneLineOfData(batch.latin1, start, at) : undefined) ??
        this.#textOf(batch.bytes.subarray(start, at))
      this.#isFirst = false
      start = at
      if (text === undefined || !this.#decoder.decode(new EventData(text), out)) continue
      this.isOver = true
      return
    }
  }

  end(out: ResponseEvent[]): void {
    const failure = this.#decoder.end(out)
    if (failure) throw failure
  }

  #textOf(raw: Uint8Array): string | undefined {
    const { data } = readEvent(raw, this.#isFirst)
    return data && Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')
  }
}

/**
 * The data of an event in the usual spelling, `data: …`, perhaps after a name. Undefined for any other
 * spelling. @param text ASCII
 */
function oneLineOfData(text: string, start: number, end: number): string | undefined {
  const line = text.startsWith(nameField, start) ? text.indexOf('\n', start) + 1 : start
  if (!text.startsWith(dataField, line)) return undefined
  const stop = text.indexOf('\n', line)
  return stop === end - 2 && text.charCodeAt(stop - 1) !== carriageReturn
    ? text.slice(line + dataField.length, stop)
    : undefined
}

const nameField = 'event: '
const dataField = 'data: '
const carriageReturn = 0x0d
