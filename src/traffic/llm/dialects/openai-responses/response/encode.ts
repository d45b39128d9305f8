// The answer as one response object: what the stream's last event holds.

import type { ReplyContext, ReplyEncoder } from '../../../canonical/index.ts'
import { ResponseEncoder } from './encode-stream.ts'
import type { Asked } from './encode-stream.ts'

export function wholeEncoder(context: ReplyContext, asked: Asked): ReplyEncoder {
  const encoder = new ResponseEncoder(context, asked, { isTold: false })
  return {
    write(event) {
      encoder.write(event)
      return event.kind === 'end' ? JSON.stringify(encoder.response()) : ''
    },
  }
}
