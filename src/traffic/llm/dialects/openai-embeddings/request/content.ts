// What guards read of a request: each input on a channel of its own. Ids of tokens are words that nobody here
// can read.

import type { Steps } from '../../../../../kit/steps.ts'
import { elementsPerStep } from '../../../../wire/field.ts'
import type { RequestContent } from '../../../wire/operation.ts'
import { channelOf } from '../../../../wire/slot.ts'
import type { EmbeddingsView } from './view.ts'

export function* readContent({ inputs }: EmbeddingsView): Steps<RequestContent> {
  const content: RequestContent = { slots: [] }
  for (const [index, { span, path, kind }] of inputs.entries()) {
    if (index % elementsPerStep === elementsPerStep - 1) yield
    if (kind === 'string')
      content.slots.push({ channel: channelOf(path), kind: 'text', escaping: 'none', spans: [span] })
    else if (kind === 'array') content.unreadable = { param: 'input', what: 'ids of tokens' }
  }
  return content
}
