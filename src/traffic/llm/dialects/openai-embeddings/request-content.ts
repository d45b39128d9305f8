// What guards read of a request: each input on a channel of its own. Ids of tokens are words that nobody here can read.

import type { RequestContent } from '../../wire/operation.ts'
import { channelOf } from '../../wire/slot.ts'
import type { EmbeddingsView } from './view.ts'

export function readContent({ inputs }: EmbeddingsView): RequestContent {
  const content: RequestContent = { slots: [], media: [] }
  for (const { span, path, kind } of inputs) {
    if (kind === 'string') content.slots.push({ channel: channelOf(path), kind: 'text', escaping: 'none', spans: [span] })
    else if (kind === 'array') content.unreadable = { param: 'input', what: 'ids of tokens' }
    // Of other vendors, for pictures and texts. The reading of all that nobody knows by name finds the texts.
    else content.media.push({ kind: 'file', source: 'inline', bytes: span.end - span.start })
  }
  return content
}
