// What guards read of a request: each input on a channel of its own. Ids of tokens are words that nobody here can read.

import type { RequestContent } from '../../wire/operation.ts'
import { channelOf } from '../../wire/slot.ts'
import type { EmbeddingsView } from './view.ts'

export function readContent({ inputs }: EmbeddingsView): RequestContent {
  const content: RequestContent = { slots: [] }
  for (const { span, path, kind } of inputs) {
    if (kind === 'string') content.slots.push({ channel: channelOf(path), kind: 'text', escaping: 'none', spans: [span] })
    else if (kind === 'array') content.unreadable = { param: 'input', what: 'ids of tokens' }
  }
  return content
}
