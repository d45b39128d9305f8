// The answer as one response object: what the stream's last event holds.

import type { ResponseContext, ResponseEncoder } from '../../../canonical/index.ts'
import { ResponsesEncoder } from './encode-stream.ts'
import type { Asked } from './encode-stream.ts'

export function wholeEncoder(context: ResponseContext, asked: Asked): ResponseEncoder {
  const encoder = new ResponsesEncoder(context, asked, { isTold: false })
  return {
    write(event) {
      encoder.write(event)
      return event.kind === 'end' ? JSON.stringify(encoder.response()) : ''
    },
  }
}
