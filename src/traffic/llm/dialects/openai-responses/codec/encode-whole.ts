// The answer as one response object: what the stream's last event holds.

import type { JsonObject, ReplyContext, ReplyEncoder } from '../../../canonical/index.ts'
import { ResponseEncoder } from './encode-stream.ts'
import type { ToolNames } from './tool-names.ts'

export function wholeEncoder(context: ReplyContext, echo: JsonObject, names?: ToolNames): ReplyEncoder {
  const encoder = new ResponseEncoder(context, echo, { isTold: false, ...(names && { names }) })
  return {
    write(event) {
      encoder.write(event)
      return event.kind === 'end' ? JSON.stringify(encoder.response()) : ''
    },
  }
}
