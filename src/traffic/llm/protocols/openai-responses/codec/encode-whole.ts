// The answer as one response object: what the stream's last event holds.

import type { JsonObject, ReplyContext, ReplyEncoder } from '../../../canonical/index.ts'
import { ResponseEncoder } from './encode-stream.ts'

export function wholeEncoder(context: ReplyContext, echo: JsonObject): ReplyEncoder {
  const encoder = new ResponseEncoder(context, echo)
  return {
    write(event) {
      encoder.write(event)
      return event.kind === 'end' ? JSON.stringify(encoder.response()) : ''
    },
  }
}
