// The bytes of an event stream as canonical events: SSE here, meaning in the dialect's decoder. One upstream read at a time.

import { isAscii } from 'node:buffer'
import { GatewayError } from '../../../contract/errors.ts'
import type { ByteSource } from '../../../contract/upstream.ts'
import { readEvent } from '../../../kit/sse.ts'
import { EventSplitter, EventTooLarge } from '../../../kit/sse-splitter.ts'
import type { EventBatch } from '../../../kit/sse-splitter.ts'
import type { EventDecoder, ReplyReader } from './codec.ts'
import { EventData } from './event-data.ts'
import type { ReplyEvent } from './reply.ts'

/** Inline images arrive as one event. */
const eventBytes = 32 * 1024 * 1024

/** @throws nothing; `next` does: GatewayError `upstream-cut`, `upstream-garbage` */
export function eventReader(source: ByteSource, decoder: EventDecoder): ReplyReader {
  const splitter = new EventSplitter(eventBytes)
  /** `ended`: the answer is complete, what may follow in the stream is read so that the connection can serve again. */
  let phase: 'open' | 'ended' | 'over' = 'open'
  let isFirst = true
  let failure: unknown

  async function next(): Promise<readonly ReplyEvent[] | undefined> {
    while (phase === 'open') {
      const out: ReplyEvent[] = []
      await pull(out)
      // What came whole before the trouble is delivered.
      if (out.length > 0) return out
    }
    if (phase === 'ended') await readTail()
    if (failure === undefined) return undefined
    const thrown = failure
    failure = undefined
    throw thrown
  }

  async function pull(out: ReplyEvent[]): Promise<void> {
    try {
      const chunk = await source.next()
      if (phase !== 'open') return
      if (chunk === undefined) return end(out)
      const batch = splitter.push(chunk)
      if (batch && readAll(batch, out)) phase = 'ended'
    } catch (thrown) {
      phase = 'over'
      failure = thrown instanceof EventTooLarge ? new GatewayError('upstream-garbage', thrown.message) : thrown
      void source.cancel()
    }
  }

  function end(out: ReplyEvent[]): void {
    phase = 'over'
    const rest = splitter.end()
    if (rest && readRest(rest, out)) return
    failure = decoder.end(out)
  }

  /** @returns is the answer over? */
  function readAll(batch: EventBatch, out: ReplyEvent[]): boolean {
    const isPlain = isAscii(batch.bytes)
    let start = 0
    for (const at of batch.ends) {
      const text = (isPlain ? oneLineOfData(batch.latin1, start, at) : undefined) ?? readText(batch.bytes.subarray(start, at))
      isFirst = false
      start = at
      if (text !== undefined && decoder.decode(new EventData(text), out)) return true
    }
    return false
  }

  function readText(raw: Uint8Array): string | undefined {
    const { data } = readEvent(raw, isFirst)
    return data && Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8')
  }

  /** An event without its blank line: whole if it reads well, else it was cut, and half an event helps nobody. */
  function readRest(rest: EventBatch, out: ReplyEvent[]): boolean {
    try {
      return readAll(rest, out)
    } catch (thrown) {
      if (thrown instanceof GatewayError) return false
      throw thrown
    }
  }

  async function readTail(): Promise<void> {
    try {
      while (phase === 'ended' && (await source.next()) !== undefined);
    } catch {
      // The answer is complete; how the connection ends is nobody's trouble.
    }
    phase = 'over'
  }

  return {
    next,
    async cancel() {
      phase = 'over'
      await source.cancel()
    },
  }
}

/** The data of an event as nearly all are written, `data: …` behind perhaps a name; undefined: it is spelled otherwise. @param text ASCII */
function oneLineOfData(text: string, start: number, end: number): string | undefined {
  const line = text.startsWith(nameField, start) ? text.indexOf('\n', start) + 1 : start
  if (!text.startsWith(dataField, line)) return undefined
  const stop = text.indexOf('\n', line)
  return stop === end - 2 && text.charCodeAt(stop - 1) !== carriageReturn ? text.slice(line + dataField.length, stop) : undefined
}

const nameField = 'event: '
const dataField = 'data: '
const carriageReturn = 0x0d
