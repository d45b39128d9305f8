// The lens on a request: one content to be embedded (`:embedContent`), or a list of such requests
// (`:batchEmbedContents`). The model is in the path, and again in the body.
// https://ai.google.dev/api/embeddings

import { GatewayError } from '../../../../../../contract/errors.ts'
import type { JsonSpan } from '../../../../../../kit/json-spans.ts'
import { scanBody } from '../../../../../wire/body.ts'
import { objectFields, optional, required, elementsPerStep } from '../../../../../wire/field.ts'
import type { Fields } from '../../../../../wire/field.ts'
import type { RequestView, RequestContent } from '../../../../wire/operation.ts'
import type { Address } from '../../address.ts'
import { camelCased, googleFields, googleList, hasList } from '../../google-fields.ts'
import type { Steps } from '../../../../../../kit/steps.ts'
import { channelOf } from '../../../../../wire/slot.ts'
import { PartReader } from '../../request/content.ts'

export interface GeminiEmbeddingsView extends RequestView {
  readonly address: Address
  readonly isBatch: boolean
  /** Members of the whole body, in camelCase. */
  readonly fields: Fields
  /** One for each vector. */
  readonly requests: readonly EmbedContent[]
}

export interface EmbedContent {
  /** Members, in camelCase. */
  fields: Fields
  content: JsonSpan
  /** The prefix of paths: `` or `requests[3].`. */
  prefix: string
}

/** @throws GatewayError `bad-request`; of the body, its message holds field names only */
export function viewGeminiEmbeddings(
  body: Uint8Array,
  address: Address,
  limits: { maxDepth: number },
): GeminiEmbeddingsView {
  const document = scanBody(body, limits)
  const fields = camelCased(document.members, '')
  const isBatch = address.method === 'batchEmbedContents'
  const view = {
    document,
    address,
    isBatch,
    fields,
    model: address.model,
    isStreaming: false,
    maxOutputTokens: undefined,
  }
  if (!isBatch) return { ...view, requests: [contentOf(fields, '')] }
  if (!hasList(fields, 'requests')) throw required('requests', 'array')
  const requests = googleList(document, fields, 'requests').map((request) =>
    contentOf(request.fields, `${request.path}.`),
  )
  if (requests.length === 0)
    throw new GatewayError('bad-request', '"requests" is empty; there is nothing to embed', {
      param: 'requests',
    })
  return { ...view, requests }
}

function contentOf(fields: Fields, prefix: string): EmbedContent {
  const content = optional(fields, 'content', 'object', `${prefix}content`)
  if (!content) throw required(`${prefix}content`, 'object')
  return { fields, content, prefix }
}

/** Members of the content of one request, and its path. */
export function partsOf({ document }: GeminiEmbeddingsView, { content, prefix }: EmbedContent) {
  const path = `${prefix}content`
  return googleList(document, googleFields(document, content, path), 'parts', `${path}.parts`)
}

/** Its settings: those in `embedContentConfig`, and the older place next to the content. */
export function settingsOf(
  { document }: GeminiEmbeddingsView,
  { fields, prefix }: EmbedContent,
): { fields: Fields; path: string }[] {
  const path = `${prefix}embedContentConfig`
  const config = optional(fields, 'embedContentConfig', 'object', path)
  return [
    ...(config ? [{ fields: camelCased(objectFields(document, config, path), path), path: `${path}.` }] : []),
    { fields, path: prefix },
  ]
}

/**
 * The texts that guards read: parts and titles, each on its own channel; and media, which no guard reads.
 * @throws GatewayError `bad-request` for a wrong type in a member that we read
 */
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
