// What guards read of a request: parts and titles, each on a channel of its own; and the media that nobody
// reads.

import type { Steps } from '../../../../../../kit/steps.ts'
import { elementsPerStep, optional } from '../../../../../wire/field.ts'
import type { RequestContent } from '../../../../wire/operation.ts'
import { channelOf } from '../../../../../wire/slot.ts'
import { PartReader } from '../../request/content.ts'
import { googleFields } from '../../google-fields.ts'
import { settingsOf } from './view.ts'
import type { GeminiEmbeddingsView } from './view.ts'

/** @throws GatewayError `bad-request` for a wrong type where we read */
export function* readContent(view: GeminiEmbeddingsView): Steps<RequestContent> {
  const { document } = view
  const reader = new PartReader(document)
  for (const [index, request] of view.requests.entries()) {
    if (index % elementsPerStep === elementsPerStep - 1) yield
    const path = `${request.prefix}content`
    reader.readParts(googleFields(document, request.content, path), path, 'text')
    for (const { fields, path: before } of settingsOf(view, request)) {
      const title = optional(fields, 'title', 'string', `${before}title`)
      if (title)
        reader.content.slots.push({
          channel: channelOf(`${before}title`),
          kind: 'text',
          escaping: 'none',
          spans: [title],
        })
    }
  }
  return reader.content
}
