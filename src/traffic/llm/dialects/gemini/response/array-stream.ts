// Google's stream for clients that do not request events (`alt=sse`): one JSON array with an element per
// chunk, open until the stream ends.

import { readEvent } from '../../../../../kit/sse.ts'
import { EventSplitter } from '../../../../../kit/sse-splitter.ts'
import type { EventBatch } from '../../../../../kit/sse-splitter.ts'
import { eventBytes } from '../../../../wire/response-limits.ts'

/**
 * Events become elements as they are pulled. Canceling also cancels the original stream. A response that is
 * not an event stream is unchanged.
 */
export function asArrayStream(response: Response): Response {
  const { body, headers, status } = response
  if (!body || !headers.get('content-type')?.startsWith('text/event-stream')) return response
  const reader = body.getReader()
  const elements = new Elements()
  const changed = new Headers(headers)
  changed.set('content-type', 'application/json; charset=utf-8')
  const array = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read()
          const text = done ? elements.end() : elements.take(value)
          if (text !== '') controller.enqueue(Buffer.from(text))
          if (done) return controller.close()
          if (text !== '') return
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return new Response(array, { status, headers: changed })
}

class Elements {
  private readonly splitter = new EventSplitter(eventBytes)
  private count = 0

  take(chunk: Uint8Array): string {
    return this.written(this.splitter.push(chunk))
  }

  end(): string {
    const rest = this.written(this.splitter.end())
    return `${rest}${this.count === 0 ? '[' : ''}]`
  }

  private written(batch: EventBatch | undefined): string {
    if (!batch) return ''
    let text = ''
    let start = 0
    for (const end of batch.ends) {
      const { data } = readEvent(batch.bytes.subarray(start, end), this.count === 0)
      start = end
      if (data === undefined) continue
      text += `${this.count === 0 ? '[' : ',\r\n'}${Buffer.from(data).toString('utf8')}`
      this.count += 1
    }
    return text
  }
}
